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

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DEFAULT_COMPANY = "seeds/companies/office_software"
# Where one refresh parses and another builds, the profile must read the same value: a changed one
# makes dbt parse everything again. Parsing therefore names a file that never exists; the build
# itself, which takes the parsed manifest, gets the run's own file. Both are called `warehouse`,
# because the file's name is the catalog's name in every relation.
WAREHOUSE_FILE = "warehouse.duckdb"
# What readers see and the one before: somebody may have resolved the link just before a switch.
FEWEST_VERSIONS = 2


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
    memory_limit: str = "1400MB"
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
    def audited_file(self) -> Path:
        return self.state / "audited" / WAREHOUSE_FILE

    @property
    def generated(self) -> Path:
        """Root of the segments' generated models, inside the dbt project."""
        return self.for_dbt / "models"

    @property
    def scorecards_in_use(self) -> Path:
        """The copy of the company's scorecards that dbt loads as seeds."""
        return self.for_dbt / "scorecards"

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
    """The settings of this process. Relative paths count from the project's root."""
    values = os.environ if environment is None else environment

    def folder(name: str, default: str) -> Path:
        return (PROJECT_ROOT / (values.get(name) or default)).resolve()

    def number(name: str, default: int) -> int:
        text = values.get(name) or ""
        return max(1, int(text)) if text.isdigit() else default

    return Settings(
        state_dir=folder("STATE_DIR", "state"),
        published_dir=folder("PUBLISHED_DIR", "published"),
        company_folder=folder("HEALTH_COMPANY", DEFAULT_COMPANY),
        log_level=values.get("HEALTH_LOG_LEVEL") or "none",
        memory_limit=values.get("HEALTH_MEMORY_LIMIT") or Settings.memory_limit,
        keep_versions=max(FEWEST_VERSIONS, number("KEEP_VERSIONS", 5)),
        secrets=Secrets(
            webhook_url=values.get("HEALTH_WEBHOOK_URL") or "",
            webhook_token=values.get("HEALTH_WEBHOOK_TOKEN") or "",
            smtp_password=values.get("HEALTH_SMTP_PASSWORD") or "",
            worklist_url=values.get("HEALTH_WORKLIST_WEBHOOK_URL") or "",
            worklist_token=values.get("HEALTH_WORKLIST_WEBHOOK_TOKEN") or "",
        ),
        daily_cron=values.get("HEALTH_DAILY_CRON") or "",
        schedules_on=tuple((values.get("HEALTH_SCHEDULES") or "").replace(",", " ").split()),
        max_runtime_seconds=number("HEALTH_MAX_RUNTIME_SECONDS", Settings.max_runtime_seconds),
    )


def silence_telemetry() -> None:
    """No tool that we start reports to anyone."""
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"


def dbt_environment(paths: CompanyPaths, build_file: Path | None = None) -> dict[str, str]:
    """What profiles.yml and dbt_project.yml read."""
    return {
        "HEALTH_TARGET": "duckdb",
        "HEALTH_BUILD_FILE": str(build_file or paths.parse_file),
        "HEALTH_DEV_FILE": str(paths.dev_file),
        "HEALTH_AUDITED_FILE": str(paths.audited_file),
        "GENERATED_MODELS": f"generated/{paths.for_dbt.name}/models",
        "SCORECARDS_DIR": f"generated/{paths.for_dbt.name}/scorecards",
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
