"""The state's layout has a number; how a state of an earlier release is brought up to date.

`state/<company_id>/layout.json` holds it. A refresh works on its own layout alone: it refuses an
older one, because the release before can't take an upgrade back and so it is an operator's act, and
a newer one, which it can't know. `health upgrade` takes an older state step by step. Killed
anywhere, it is run again: a step counts when its number is written, every step may run twice, and
what a step changes was copied aside before.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.base.errors import HealthError
from orchestration.base.files import (
    make_folder,
    make_private_folder,
    remove_tree,
    sync_folder,
    sync_tree,
    write_json,
)
from orchestration.base.settings import CompanyPaths

NAME = "layout.json"
# What only a refresh leaves, in every layout: where one of them is, there is a state.
SIGNS = ("loads", "files", "refresh_log.jsonl", "audited")


@dataclass(frozen=True)
class Step:
    """From the layout before to `to`. `run` must do no harm when it runs twice."""

    to: int
    what: str
    run: Callable[[CompanyPaths], None]
    # Files that `run` rewrites or removes and that nothing can make again.
    changes: Callable[[CompanyPaths], list[Path]] = lambda paths: []


def _close_to_others(paths: CompanyPaths) -> None:
    """Archived loads and builds hold personal data, and dbt's logs quoted values of rows."""
    paths.state.chmod(0o700)
    remove_tree(paths.logs)
    (paths.target / "run_results.json").unlink(missing_ok=True)


STEPS = (
    Step(2, "closed to other accounts; dbt's logs, which quoted rows, are gone", _close_to_others),
)
CURRENT = STEPS[-1].to


def number(paths: CompanyPaths) -> int | None:
    """The layout of the state; None where there is no state yet. HealthError where unreadable."""
    try:
        found = json.loads((paths.state / NAME).read_bytes())["layout"]
    except FileNotFoundError:
        return 1 if any((paths.state / sign).exists() for sign in SIGNS) else None
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if type(found) is not int or found < 1:
        raise HealthError(
            f"{paths.state / NAME} can't be read. Restore it from a backup; nothing was changed."
        )
    return found


def require_current(paths: CompanyPaths) -> None:
    """Refuse a state that another release wrote; a new one gets the present number."""
    found = number(paths)
    if found is None:
        write_json(paths.state / NAME, {"layout": CURRENT})
    elif found < CURRENT:
        raise HealthError(
            f"{paths.state} was written by an earlier release (layout {found}; this one needs "
            f"{CURRENT}). Nothing was changed. Run `health upgrade` for this company, then the "
            "refresh again (dbt_project/docs/upgrading.md)."
        )
    else:
        _refuse_newer(paths, found)


def upgrade(paths: CompanyPaths, say: Callable[[str], None]) -> int:
    """Take the state to the present layout; the number of steps. For who holds the lock."""
    found = number(paths)
    if found is None:
        raise HealthError(f"There is no state in {paths.state}: nothing to upgrade.")
    _refuse_newer(paths, found)
    waiting = [step for step in STEPS if step.to > found]
    for step in waiting:
        _keep_aside(paths, step)
        step.run(paths)
        sync_folder(paths.state)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(paths.state / NAME, {"layout": step.to, "upgraded_at": now})
        say(f"layout {step.to}: {step.what}")
    return len(waiting)


def _refuse_newer(paths: CompanyPaths, found: int) -> None:
    if found > CURRENT:
        raise HealthError(
            f"{paths.state} was written by a newer release (layout {found}; this one knows "
            f"{CURRENT}). Nothing was changed. Use that release, or restore the state from a "
            "backup that was made before its upgrade."
        )


def _keep_aside(paths: CompanyPaths, step: Step) -> None:
    """Copy what the step changes to `backups/before_layout_<n>`, once and whole."""
    files = [path for path in step.changes(paths) if path.exists()]
    aside = paths.state / "backups" / f"before_layout_{step.to}"
    if not files or aside.exists():
        return  # a copy that is there was made before the step began
    making = aside.with_name(f".{aside.name}.making")
    remove_tree(making)
    make_private_folder(making.parent)
    for path in files:
        target = making / path.relative_to(paths.state)
        make_folder(target.parent)
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, target)
    sync_tree(making)
    making.rename(aside)
    sync_folder(aside.parent)
