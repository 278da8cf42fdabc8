"""The companies that the harness refreshes: a few accounts whose marts all name one generation.

A generation is a whole number that is landed. It reaches five marts on several ways through the
models, so rows of two refreshes that stand side by side are seen by looking at them.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT, CompanyPaths, Settings
from tests.support.mini import make_world

ACCOUNTS = ("a", "b", "c")
TARGET = 10_000


@dataclass(frozen=True)
class Shape:
    """How a company is made, and where its marts carry the generation: column, and its factor."""

    company_id: str
    marts: dict[str, tuple[str, float]]
    land: Callable[[Path, int, date], None]
    limit: int  # generations are counted from 1 again after that one


@dataclass(frozen=True)
class World:
    """A company of its own with its state and what it published, below one folder."""

    root: Path
    shape: Shape
    project_root: Path = PROJECT_ROOT

    @property
    def settings(self) -> Settings:
        return Settings(
            state_dir=self.root / "state",
            published_dir=self.root / "published",
            company_folder=self.root / "company",
            project_root=self.project_root,
        )

    @property
    def paths(self) -> CompanyPaths:
        return self.settings.paths(self.shape.company_id)

    def land(self, generation: int) -> None:
        self.shape.land(self.root / "company" / "landed", generation, date.today())


def make_promises(root: Path) -> World:
    """A company for the real project. One indicator carries the whole score: promises kept."""
    folder = root / "company"
    (folder / "landed").mkdir(parents=True)
    (folder / "company.yml").write_text(
        f"id: {PROMISES.company_id}\n"
        "name: Kept Promises Ltd (made for the fault harness)\n"
        "reporting_currency: EUR\n"
        "north_star_metrics:\n"
        "  default: promises\n"
    )
    scorecards = folder / "scorecards"
    scorecards.mkdir()
    for path in (PROJECT_ROOT / "seeds" / "scorecards").glob("*.csv"):
        shutil.copy(path, scorecards)
    _keep_header(
        scorecards / "scorecard_indicators.csv",
        "starter,1,north_star_to_target_ratio,100,linear,exclude,false,0,1",
    )
    _keep_header(scorecards / "scorecard_tiers.csv")
    _keep_header(scorecards / "knock_outs.csv")
    _keep_header(scorecards / "cta_rules.csv")
    world = World(root, PROMISES)
    world.land(1)
    return world


def _keep_header(path: Path, *rows: str) -> None:
    header = path.read_text().splitlines()[0]
    path.write_text("\n".join([header, *rows]) + "\n")


def _land_promises(landed: Path, generation: int, today: date) -> None:
    start, end, created = (today - timedelta(days=days) for days in (3, 1, 20))
    _write(
        landed / "accounts.csv",
        "account_id,name,created_at,employee_count",
        [f"{name},{name.upper()},{created},{generation}" for name in ACCOUNTS],
    )
    _write(
        landed / "business_outcomes.csv",
        "account_id,metric,period_start,period_end,target,actual",
        [f"{name},promises,{start},{end},{TARGET},{generation}" for name in ACCOUNTS],
    )


def make_small(root: Path) -> World:
    """A company for the miniature project, whose refresh takes a second. Ten generations."""
    made = make_world(root)
    for path in (root / "company" / "landed").glob("usage_daily*"):
        path.unlink()
    world = World(root, MINI, made.settings.project_root)
    world.land(1)
    return world


def _land_mini(landed: Path, generation: int, today: date) -> None:
    """So many days of use per account; the miniature project makes ten points of each."""
    rows = [
        f"{name},u{day},mail,2025-03-{day:02d},day,3"
        for name in ACCOUNTS
        for day in range(1, generation + 1)
    ]
    _write(landed / "usage_daily.csv", "account_id,user_id,module,used_on,period,events", rows)


def _write(path: Path, header: str, rows: list[str]) -> None:
    making = path.with_name(f".{path.name}")
    making.write_text("\n".join([header, *rows]) + "\n")
    making.replace(path)


PROMISES = Shape(
    company_id="kept_promises",
    marts={
        "fct_account_health": ("score", 100),
        "fct_indicator_scores": ("raw_value", TARGET),
        "fct_module_scores": ("module_score", 100),
        "health_all_accounts": ("score", 100),
        "dim_accounts": ("employee_count", 1),
    },
    land=_land_promises,
    limit=TARGET,
)
MINI = Shape(
    company_id="mini",
    marts={
        "fct_account_health": ("score", 0.1),
        "fct_indicator_scores": ("raw_value", 0.1),
        "fct_module_scores": ("module_score", 0.1),
        "health_all_accounts": ("score", 0.1),
        "dim_accounts": ("points", 0.1),
    },
    land=_land_mini,
    limit=10,
)
