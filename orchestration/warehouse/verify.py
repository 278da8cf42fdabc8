"""The weekly proof that what readers see is what a full refresh gives.

Builds everything again from the archived loads, in a file of its own, for the date of the last
audited build, and compares every mart with it. Publishes nothing, changes nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from orchestration.base.build_files import published_file
from orchestration.base.errors import BadInput, Blocked, HealthError
from orchestration.base.files import make_folder, remove_tree
from orchestration.base.lock import Lock
from orchestration.base.progress import Progress
from orchestration.base.settings import Settings
from orchestration.publishing.published_tables import SCHEMA
from orchestration.warehouse import basis
from orchestration.warehouse.fingerprints import fingerprints
from orchestration.warehouse.table_difference import TableDifference, differing_tables

STAGES = ("prepare", "land", "build", "compare")


@dataclass(frozen=True)
class Verification:
    """What was compared, and what differed."""

    audited_refresh_id: str
    seconds: dict[str, float]
    differences: tuple[TableDifference, ...]

    @property
    def is_equal(self) -> bool:
        return not self.differences


def verify(
    settings: Settings, folder: Path, say: Callable[[str], None] | None = None
) -> Verification:
    """Build and compare, holding the lock; the caller decides what a difference means."""
    from orchestration.company.company import load_company
    from orchestration.landing.loads import hash_of_first_loads
    from orchestration.landing.raw import write_raw_zone
    from orchestration.landing.view_types import hash_with_types
    from orchestration.warehouse.build import build
    from orchestration.warehouse.outcome import require_success
    from orchestration.warehouse.project import prepare_project

    progress = Progress(say, STAGES)
    company = load_company(folder)
    paths = settings.paths(company.id)
    run_id = f"verify-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    if not paths.audited_file.exists():
        raise BadInput("There is no audited build to compare with. Run `make refresh` first.")
    with Lock(paths.lock, run_id):
        audited = basis.read_audited(paths.audited_file)
        if isinstance(audited, str):
            raise HealthError(
                f"The last audited build can't be read ({audited}). Run `health refresh --full`."
            )
        stamp = audited.stamp
        mapping = [company.mapping] if company.has_mapping else []
        now = fingerprints(folder, mapping, company.scorecards, settings.project_root)
        loads_hash = hash_of_first_loads(settings.state_dir, company.id, stamp.load_count)
        base_hash = hash_with_types(now["base"], company, settings.state_dir, stamp.load_count)
        if (base_hash, now["dates"], loads_hash) != (
            stamp.base_hash,
            stamp.dates_hash,
            stamp.loads_hash,
        ):
            raise BadInput(
                "Models, settings, scorecards or acknowledgements changed since the last refresh: "
                "a comparison would tell of that. Run `make refresh` first, then this again."
            )
        build_file = paths.build_file(run_id)
        try:
            make_folder(build_file.parent)
            with progress.stage("prepare", "reading the models"):
                project = prepare_project(settings, paths, company.scorecards)
            with progress.stage("land", f"the first {stamp.load_count} loads, once more"):
                write_raw_zone(
                    company,
                    settings.state_dir,
                    build_file,
                    run_date=audited.run_date,
                    as_of_date=audited.as_of_date,
                    refresh_log=[],
                    stamp=asdict(replace(stamp, build_number=1, rebuild_from=None)),
                    first_loads=stamp.load_count,
                    ledger=paths.ledger,
                    memory_limit=settings.memory_limit,
                )
            with progress.stage("build", "models and their checks") as stage:
                outcome = build(settings, project, build_file, stage)
                require_success(outcome)
            with progress.stage("compare", "every mart, cell by cell") as stage:
                differences = differing_tables(
                    published_file(paths.audited_file, SCHEMA), published_file(build_file, SCHEMA)
                )
                stage.result = f"{len(differences)} tables differ"
        finally:
            remove_tree(build_file.parent)
    return Verification(stamp.refresh_id, dict(progress.seconds), tuple(differences))


def require_equal(verification: Verification) -> None:
    """Blocked, with every table that differs; the remedy publishes the full refresh."""
    if not verification.is_equal:
        raise Blocked(
            f"The marts of refresh {verification.audited_refresh_id} differ from those of a full "
            "refresh of the same loads; readers see the former.\n"
            + "\n".join(difference.text for difference in verification.differences)
            + "\n  to do: publish the full refresh with `health refresh --full`, keep the archived "
            "loads, and report the difference: the incremental build has a fault."
        )
