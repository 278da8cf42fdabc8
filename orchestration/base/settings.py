"""Where things lie and how the process behaves: the only module that reads the environment.

Nothing here opens a file or imports dbt, Dagster or DuckDB, so that a refresh without new input
ends before any of them is loaded.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from orchestration.base.values import Values

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DEFAULT_COMPANY = "seeds/companies/office_software"
# Where one refresh parses and another builds, the profile must read the same value: a changed one
# makes dbt parse everything again. Parsing therefore names a file that never exists; the build
# itself, which takes the parsed manifest, gets the run's own file. Both are called `warehouse`,
# because the file's name is the catalog's name in every relation.
WAREHOUSE_FILE = "warehouse.duckdb"
NO_STATE = Path("no-state")  # what parsing is told: there is none
VIEW_OF_COMPANY = "company"  # in a company's view of the dbt project, its own models and scorecards
# What readers see and the one before: somebody may have resolved the link just before a switch.
FEWEST_VERSIONS = 2
LOG_LEVELS = ("none", "error", "warn", "info", "debug")  # dbt's own
# One for each cadence, and the comparison with a full refresh; a company may have fewer cadences.
SCHEDULES = ("daily", "weekly", "monthly", "quarterly", "weekly_comparison")
LEAST_MEMORY_MB = 256
SHORTEST_RUNTIME_SECONDS = 60  # the samples' refreshes take about that


@dataclass(frozen=True)
class Secrets:
    """What channels need and company.yml must not hold. Its fields are never printed."""

    webhook_url: str = field(default="", repr=False)
    webhook_token: str = field(default="", repr=False)
    smtp_password: str = field(default="", repr=False)
    worklist_url: str = field(default="", repr=False)
    worklist_token: str = field(default="", repr=False)

    @property
    def of_worklists(self) -> "Secrets":
        """The same for who gets work lists: others than those who get alerts."""
        return replace(self, webhook_url=self.worklist_url, webhook_token=self.worklist_token)


@dataclass(frozen=True)
class Settings:
    """What the environment says, with defaults."""

    state_dir: Path
    published_dir: Path
    company_folder: Path
    log_level: str = "none"  # of dbt's log file, which quotes values of rows
    # Of each connection that works on a build file; profiles.yml gives dbt the same.
    memory_limit: str = "1000MB"
    keep_versions: int = 5
    project_root: Path = PROJECT_ROOT
    secrets: Secrets = Secrets()
    # When the daily schedule ticks, in the company's zone (empty: see cadences.py), and which
    # schedules are on from the start (the others are switched on in the web interface).
    daily_cron: str = ""
    schedules_on: tuple[str, ...] = ()
    # A run that takes longer is ended: no refresh that was measured took a tenth of it.
    max_runtime_seconds: int = 4 * 3600

    @property
    def dbt_project_dir(self) -> Path:
        return self.project_root / "dbt_project"

    @property
    def catalogue_dir(self) -> Path:
        return self.project_root / "seeds" / "catalogue"

    def paths(self, company_id: str) -> "CompanyPaths":
        state = self.state_dir / company_id
        # dbt writes what it compiled to target/<path of the source>: a source outside the project,
        # or one named by an absolute path, would be overwritten. So what is generated for a
        # company lies inside the project; another state folder gets another one.
        is_default = self.state_dir == self.project_root / "state"
        suffix = "" if is_default else "-" + sha256(str(state).encode()).hexdigest()[:8]
        return CompanyPaths(
            state,
            self.published_dir / company_id,
            self.dbt_project_dir / "generated" / f"{company_id}{suffix}",
        )


@dataclass(frozen=True)
class CompanyPaths:
    """Every path that a refresh of one company writes to."""

    state: Path
    published: Path
    for_dbt: Path

    @property
    def lock(self) -> Path:
        return self.state / "lock"

    @property
    def token(self) -> Path:
        return self.state / "token"

    @property
    def refresh_log(self) -> Path:
        return self.state / "refresh_log.jsonl"

    @property
    def blocks(self) -> Path:
        """What stopped the last refresh and waits for an answer."""
        return self.state / "blocks.json"

    @property
    def acknowledgements(self) -> Path:
        return self.state / "acknowledgements.jsonl"

    @property
    def checks(self) -> Path:
        """What the expectations measured, one file a month."""
        return self.state / "checks"

    @property
    def expectations(self) -> Path:
        """The last validation result, as a page and as JSON."""
        return self.state / "expectations"

    @property
    def alerts(self) -> Path:
        """What was told to whom, and what could not be."""
        return self.state / "alerts.jsonl"

    @property
    def worklists(self) -> Path:
        """Which calls to action were sent to whom."""
        return self.state / "worklists.jsonl"

    @property
    def published_scorecards(self) -> Path:
        return self.state / "published_scorecards.json"

    @property
    def ledger(self) -> Path:
        """What readers were shown, a folder for each publication."""
        return self.state / "ledger"

    @property
    def archive(self) -> Path:
        """Landed files as they came, by the hash of their content."""
        return self.state / "files"

    @property
    def raw(self) -> Path:
        """What the loads of a build look like as raw tables: Parquet, a folder for each run."""
        return self.state / "raw"

    @property
    def raw_folders(self) -> tuple[Path, ...]:
        """Where the raw tables of a build file read from."""
        return (self.archive, self.raw, self.builds)

    @property
    def builds(self) -> Path:
        return self.state / "builds"

    def build_folder(self, refresh_id: str) -> Path:
        return self.builds / refresh_id

    def build_file(self, refresh_id: str) -> Path:
        return self.build_folder(refresh_id) / WAREHOUSE_FILE

    @property
    def parse_file(self) -> Path:
        return self.builds / "parse" / WAREHOUSE_FILE

    @property
    def audited(self) -> Path:
        """The files of the last audited build: see `build_files`."""
        return self.state / "audited"

    @property
    def audited_file(self) -> Path:
        return self.audited / WAREHOUSE_FILE

    @property
    def generated(self) -> Path:
        """Root of the segments' generated models, inside the dbt project."""
        return self.for_dbt / "models"

    @property
    def scorecards_in_use(self) -> Path:
        """The copy of the company's scorecards that dbt loads as seeds."""
        return self.for_dbt / "scorecards"

    @property
    def dbt_view(self) -> Path:
        """The dbt project as a refresh of this company reads it: see `warehouse/dbt_view.py`."""
        return self.for_dbt / "project"

    @property
    def target(self) -> Path:
        return self.state / "target"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def dbt_manifest(self) -> Path:
        """Production's manifest, by the name that people look for."""
        return self.state / "dbt_manifest.json"

    @property
    def dbt_state(self) -> Path:
        """The same as a folder with manifest.json, the form that dbt's --state takes."""
        return self.state / "dbt_state"

    @property
    def dev_file(self) -> Path:
        return self.state / "dev.duckdb"

    @property
    def dagster_home(self) -> Path:
        return self.state / "dagster"

    @property
    def restricted(self) -> "CompanyPaths":
        """The same layout for persons' names and texts: versions and a link, inside the state."""
        return replace(self, published=self.state / "restricted")

    @property
    def versions(self) -> Path:
        return self.published / "versions"

    @property
    def current(self) -> Path:
        return self.published / "current"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Relative paths count from the project's root.

    BadInput names every value that can't be used, also those that dbt's profiles.yml reads.
    """
    values = Values(os.environ if environment is None else environment, PROJECT_ROOT)
    settings = Settings(
        state_dir=values.folder("STATE_DIR", "state"),
        published_dir=values.folder("PUBLISHED_DIR", "published"),
        company_folder=values.folder("HEALTH_COMPANY", DEFAULT_COMPANY),
        log_level=values.choice("HEALTH_LOG_LEVEL", Settings.log_level, LOG_LEVELS),
        memory_limit=values.memory("HEALTH_MEMORY_LIMIT", Settings.memory_limit, LEAST_MEMORY_MB),
        keep_versions=values.number("KEEP_VERSIONS", Settings.keep_versions, FEWEST_VERSIONS),
        secrets=Secrets(
            webhook_url=values.address("HEALTH_WEBHOOK_URL"),
            webhook_token=values.secret("HEALTH_WEBHOOK_TOKEN"),
            smtp_password=values.secret("HEALTH_SMTP_PASSWORD"),
            worklist_url=values.address("HEALTH_WORKLIST_WEBHOOK_URL"),
            worklist_token=values.secret("HEALTH_WORKLIST_WEBHOOK_TOKEN"),
        ),
        daily_cron=values.cron("HEALTH_DAILY_CRON", "0 5 * * *"),
        schedules_on=values.some_of("HEALTH_SCHEDULES", SCHEDULES),
        max_runtime_seconds=values.number(
            "HEALTH_MAX_RUNTIME_SECONDS", Settings.max_runtime_seconds, SHORTEST_RUNTIME_SECONDS
        ),
    )
    values.two_folders(("PUBLISHED_DIR", settings.published_dir), ("STATE_DIR", settings.state_dir))
    values.require_good()
    return settings


def silence_telemetry() -> None:
    """No tool that we start reports to anyone."""
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"


def dbt_environment(paths: CompanyPaths, build_file: Path | None = None) -> dict[str, str]:
    """What profiles.yml and dbt_project.yml read, for dbt in the project's own folder."""
    return {
        "HEALTH_TARGET": "duckdb",
        "HEALTH_BUILD_FILE": str(build_file or paths.parse_file),
        "HEALTH_DEV_FILE": str(paths.dev_file),
        "HEALTH_AUDITED_FILE": str(paths.audited_file),
        "HEALTH_STATE_OF_COMPANY": str(paths.state),
        "GENERATED_MODELS": f"generated/{paths.for_dbt.name}/models",
        "SCORECARDS_DIR": f"generated/{paths.for_dbt.name}/scorecards",
    }


def dbt_view_environment(paths: CompanyPaths, build_file: Path | None = None) -> dict[str, str]:
    """The same for dbt in the company's view of the project.

    Without a build file, to parse with: the same for every company, for dbt parses everything anew
    where one of these values is another.
    """
    if build_file is None:
        paths, build_file = CompanyPaths(NO_STATE, NO_STATE, NO_STATE), NO_STATE / WAREHOUSE_FILE
    return {
        **dbt_environment(paths, build_file),
        "GENERATED_MODELS": f"{VIEW_OF_COMPANY}/models",
        "SCORECARDS_DIR": f"{VIEW_OF_COMPANY}/scorecards",
    }


def process_environment(values: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with some values changed, for a program that it starts."""
    return {**os.environ, **values}


@contextmanager
def exported(values: Mapping[str, str]) -> Iterator[None]:
    """The values in the environment for a while, then what was there before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
