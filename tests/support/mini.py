"""A miniature of the project and a company of three accounts, to be refreshed in seconds."""

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from orchestration.base.progress import Progress
from orchestration.base.settings import PROJECT_ROOT, CompanyPaths, Settings
from orchestration.refresh import Outcome, Refresh

MINI = Path(__file__).parents[1] / "fixtures" / "mini_project"
COMPANY = """\
id: mini
name: Mini (made for tests)
reporting_currency: EUR
"""
# Models that the miniature takes from the real project.
REAL = (
    "staging/_raw_tables.yml",
    "staging/_landing.yml",
    "marts/fct_published_scores.sql",
    "scoring/int_scoring__changed_publications.sql",
)
HEADER = "account_id,user_id,module,used_on,period,events\n"


@dataclass
class World:
    """A project, a company's folder, its state and what it published."""

    root: Path

    @property
    def settings(self) -> Settings:
        return Settings(
            state_dir=self.root / "state",
            published_dir=self.root / "published",
            company_folder=self.root / "company",
            project_root=self.root / "project",
        )

    @property
    def paths(self) -> CompanyPaths:
        return self.settings.paths("mini")

    @property
    def database(self) -> Path:
        return self.paths.current / "customer_health.duckdb"

    def refresh(
        self, *, as_of: date | None = None, now: datetime | None = None, lines: list | None = None
    ) -> Outcome:
        progress = Progress((lines if lines is not None else []).append)
        return Refresh(self.settings, as_of=as_of, now=now, progress=progress).run()

    def use(self, name: str, *rows: tuple[str, str, int]) -> None:
        """Land a file of usage: (account, month, number of days)."""
        lines = [
            f"{account},u{day},mail,{month}-{day:02d},day,3\n"
            for account, month, days in rows
            for day in range(1, days + 1)
        ]
        (self.root / "company" / "landed" / f"usage_daily_{name}.csv").write_text(
            HEADER + "".join(lines)
        )

    def copy(self, folder: Path) -> "World":
        shutil.copytree(self.root, folder, symlinks=True, dirs_exist_ok=True)
        return World(folder)

    def moved(self, folder: Path) -> "World":
        self.root.rename(folder)
        return World(folder)


def make_world(root: Path) -> World:
    project, real = root / "project" / "dbt_project", PROJECT_ROOT / "dbt_project"
    shutil.copytree(MINI, project)
    shutil.copy(real / "profiles.yml", project)
    for folder in ("macros", "tests/generic"):
        shutil.copytree(real / folder, project / folder)
    for name in REAL:
        (project / "models" / name).parent.mkdir(exist_ok=True)
        shutil.copy(real / "models" / name, project / "models" / name)
    shutil.copytree(PROJECT_ROOT / "seeds" / "catalogue", root / "project" / "seeds" / "catalogue")
    (root / "company" / "landed").mkdir(parents=True)
    (root / "company" / "company.yml").write_text(COMPANY)
    (root / "company" / "landed" / "accounts.csv").write_text(
        "account_id,name,created_at\na,A,2024-01-01\nb,B,2024-01-01\nc,C,2024-01-01\n"
    )
    world = World(root)
    world.use("first", ("a", "2025-01", 5), ("b", "2025-01", 6), ("a", "2025-02", 7))
    return world
