"""One refresh of one company, stage by stage: the command line, Dagster and the tests drive it.

`run` is all of it: `open` (lock, tidy, scan), `check`, `prepare` (generate and parse models),
`land`, `expect_raw`, `build`, `expect_marts`, `publish`, `close`. Dagster calls the stages one by
one. Whatever goes wrong before the link is switched leaves what readers see untouched.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.acts import acknowledgements
from orchestration.base import build_files, layout
from orchestration.base.disk import require_space
from orchestration.base.errors import BadInput, Busy, HealthError, told
from orchestration.base.failures import as_health_error, status_of
from orchestration.base.files import (
    finish_replacing,
    make_folder,
    make_private_folder,
    remove_tree,
    replace_folder,
    sync_file,
)
from orchestration.base.interrupts import ending_when_interrupted
from orchestration.base.lock import Lock, claim, require_claim
from orchestration.base.progress import Progress
from orchestration.base.settings import CompanyPaths, Settings
from orchestration.publishing import ledger, refresh_log, version_check, versions
from orchestration.warehouse.basis import Basis, begin, is_damage
from orchestration.warehouse.build_stamp import BuildStamp
from orchestration.warehouse.fingerprints import code_version, fingerprints, input_fingerprint

WARNINGS_SHOWN = 5


@dataclass(frozen=True)
class Outcome:
    """How a refresh that did not fail ended."""

    status: str  # published | nothing_new
    refresh_id: str
    version: str
    folder: Path
    as_of_date: str | None
    rows_published: int | None
    seconds: dict[str, float]

    @property
    def database(self) -> Path:
        return self.folder / versions.DATABASE


class Refresh:
    """Holds the lock from `open` to `close`; use it as a context manager.

    `full` builds from the archived loads instead of the last audited build; `rebuild_from` computes
    all as-of dates from that one on again. Both publish also where nothing is new.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path | None = None,
        *,
        as_of: date | None = None,
        now: datetime | None = None,
        progress: Progress | None = None,
        full: bool = False,
        rebuild_from: date | None = None,
    ):
        self.settings = settings
        self.folder = (folder or settings.company_folder).resolve()
        self.as_of = as_of
        self.is_full = full
        self.rebuild_from = rebuild_from
        self.started_at = now or datetime.now(UTC)
        self.refresh_id = f"{self.started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self.progress = progress or Progress()
        self.is_nothing_new = False
        self.outcome: Outcome | None = None
        self.fingerprint = ""
        self.project: Any = None
        self.build_outcome: Any = None
        self.gates: Any = None
        self._lock: Lock | None = None
        self.error: BaseException | None = None
        self._is_checked = False
        self._is_audited_kept = False  # from then on its raw tables are read by the next build
        self.company: Any = None
        self.scan: Any = None
        self.basis: Basis | None = None

    @property
    def run_date(self) -> date:
        return self.started_at.astimezone(UTC).date()

    @property
    def paths(self) -> CompanyPaths:
        return self.settings.paths(self.company.id)

    @property
    def build_file(self) -> Path:
        return self.paths.build_file(self.refresh_id)

    @property
    def has_landed(self) -> bool:
        """Whether this run's build file has the raw tables."""
        return self.basis is not None

    # Stages, in order

    def open(self) -> "Refresh":
        """Read company.yml, take the lock, clear what dead runs left, look for new input."""
        if self._lock is not None:
            return self
        from orchestration.company.company import load_company
        from orchestration.landing.scan import scan

        with self.progress.stage("scan", f"looking for new files in {self.folder.name}") as stage:
            self.company = load_company(self.folder)
            self._require_plausible_as_of()
            make_private_folder(self.paths.state)
            layout.require_current(self.paths)
            make_folder(self.paths.versions)
            self._lock = Lock(self.paths.lock, self.refresh_id).__enter__()
            # Before anything is tidied away: an orphan may be about to show it to readers.
            claim(self.paths.token, self.refresh_id)
            self._tidy()
            acknowledgements.note_in_loads(self.paths, self.settings.state_dir, self.company.id)
            self.scan = scan(self.company, self.settings.state_dir, self.started_at)
            self.fingerprint = self._fingerprint()
            last = refresh_log.last_published(self.paths)
            self.is_nothing_new = bool(
                not (self.is_full or self.rebuild_from)
                and self._is_current_whole()
                and last
                and last["input_fingerprint"] == self.fingerprint
            )
            stage.result = "nothing new" if self.is_nothing_new else "there is something to do"
            if self.scan.passed_over:
                stage.line(f"passed over: {', '.join(self.scan.passed_over)}")
            if not self.is_nothing_new:
                self._require_space()
        if self.is_nothing_new:
            self.outcome = self._nothing_new()
        return self

    def check(self) -> None:
        """Refuse bad scorecards and bad files before anything is changed."""
        if self._is_checked:
            return
        from orchestration.landing.validate import validate
        from orchestration.scorecards.lint import require_valid
        from orchestration.scorecards.published import require_unedited

        with self.progress.stage("check", "scorecards, then landed files") as stage:
            warnings = require_valid(self.company.scorecards, self.settings.catalogue_dir)
            require_unedited(self.paths.published_scorecards, self.company.scorecards)
            for warning in warnings or []:
                stage.line(f"note: {warning}")
            answers = acknowledgements.by_cause(self.paths)
            meanings = {cause: answer["meaning"] for cause, answer in answers.items()}
            validate(self.scan, self.company, meanings)
            # what was acknowledged stands in the loads' notes, and belongs to the input
            self.fingerprint = self._fingerprint()
        self._is_checked = True

    def prepare(self) -> Any:
        """Generate the models of this company's segments and parse the dbt project, once."""
        if self.project is not None:
            return self.project
        from orchestration.warehouse.project import prepare_project

        with self.progress.stage("prepare", "reading the models") as stage:
            self.project = prepare_project(self.settings, self.paths, self.company.scorecards)
            nodes = self.project.content["nodes"].values()
            models = sum(1 for node in nodes if node["resource_type"] == "model")
            tests = sum(1 for node in nodes if node["resource_type"] == "test")
            stage.result = f"{models} models, {tests} checks"
        return self.project

    def land(self) -> dict[str, int]:
        """Archive new files as a load and write the raw zone of a fresh build file."""
        from orchestration.landing.archive import archive
        from orchestration.landing.dates import check_as_of
        from orchestration.landing.raw import write_raw_zone

        self._begin_imports()
        with self.progress.stage("land", "archiving loads, writing the raw tables") as stage:
            self._make_build_folder()
            if self.scan.has_changes:
                archive(self.scan)
            self.basis = self._begin_build_file()
            stage.line(self.basis.reason)
            rows = write_raw_zone(
                self.company,
                self.settings.state_dir,
                self.build_file,
                run_date=self.run_date,
                as_of_date=self.as_of,
                refresh_log=[
                    {name: entry.get(name) for name in refresh_log.COLUMNS}
                    for entry in refresh_log.entries(self.paths)
                ],
                stamp=asdict(self.basis.stamp),
                loads_there=self.basis.loads_there,
                ledger=self.paths.ledger,
                raw_folder=self.paths.raw / self.refresh_id,
                memory_limit=self.settings.memory_limit,
            )
            check_as_of(self.build_file, self.as_of, self.run_date, self.paths.raw_folders)
            landed = sum(1 for count in rows.values() if count)
            stage.result = f"{sum(rows.values()):,} rows in {landed} tables"
        return rows

    def expect_raw(self) -> Any:
        """Great Expectations on the raw tables. The outcome may hold what blocks."""
        from orchestration.expectations.stages import Gates

        with self.progress.stage("expect_raw", "raw tables against their history") as stage:
            self.gates = Gates.of(self)
            outcome = self.gates.raw(self.build_file)
            self._say(stage, outcome)
        return outcome

    def build(self) -> Any:
        """Build and test all models in the build file. The outcome may hold failures."""
        from orchestration.warehouse.build import build
        from orchestration.warehouse.outcome import warning_lines

        with self.progress.stage("build", "models and their checks") as stage:
            try:
                self.build_outcome = build(
                    self.settings, self.project, self.build_file, stage, basis=self.basis
                )
            except HealthError as error:
                self._give_up_a_damaged_basis([str(error)])
                raise
            results = self.build_outcome.results
            self._give_up_a_damaged_basis([r.message for r in results if r.is_error])
            for warning in self.build_outcome.warnings:
                for line in warning_lines(warning):
                    stage.line(line)
            models = sum(1 for r in results if r.resource_type == "model" and r.status == "success")
            stage.result = (
                f"{models} models built, {self.build_outcome.left_out} unchanged, "
                f"{self.build_outcome.checks_passed} checks passed, "
                f"{len(self.build_outcome.failures)} failed"
            )
        return self.build_outcome

    def expect_marts(self) -> Any:
        """Great Expectations on the built marts. The outcome may hold what blocks."""
        with self.progress.stage("expect_marts", "scores against the last version") as stage:
            outcome = self.gates.marts(self.build_file)
            self._say(stage, outcome)
        return outcome

    def publish(self) -> Outcome:
        """Write a version from the audited build, keep what the next run needs, switch the link."""
        from orchestration.expectations.gate import require_passed
        from orchestration.publishing.publish import Publication, audit, write_version
        from orchestration.publishing.published_tables import RESTRICTED, tables_from_manifest
        from orchestration.scorecards.published import keep
        from orchestration.warehouse.build import keep_manifest
        from orchestration.warehouse.outcome import require_success
        from orchestration.warehouse.replaced import carried

        if self.build_outcome is None or self.gates is None or len(self.gates.outcomes) < 2:
            raise HealthError("There is no audited build: only a whole refresh can publish.")
        require_success(self.build_outcome)
        for outcome in self.gates.outcomes:
            require_passed(outcome)
        with self.progress.stage("publish", "writing the marts, switching the link") as stage:
            audit(self.build_file)
            publication = Publication(
                refresh_id=self.refresh_id,
                company_id=self.company.id,
                started_at=self.started_at,
                code_version=code_version(self.settings.project_root),
                input_fingerprint=self.fingerprint,
                checks_passed=self.build_outcome.checks_passed + self.gates.passed,
                checks_warned=(
                    *(one.test for one in self.build_outcome.warnings),
                    *self.gates.warned,
                ),
                tables=tables_from_manifest(self.project.content),
                pages=self.gates.pages(),
                is_full=self.is_full,
                carried=carried(self.paths, self.build_file, self.project, self.basis)
                if self.basis
                else None,
            )
            persons = replace(
                publication,
                schema=RESTRICTED,
                tables=tables_from_manifest(self.project.content, RESTRICTED),
            )
            write_version(self.paths.restricted, self.build_file, persons)
            version = write_version(self.paths, self.build_file, publication)
            # Before the switch: a run that dies here leaves readers on the old version, and the
            # next one, whose input still differs from the published one, does all of it again.
            require_claim(self.paths.token, self.refresh_id)
            ledger.write(self.paths, version.database, self.refresh_id)
            self._keep_audited()
            keep_manifest(self.project)
            shown = version.manifest["scorecards"]
            keep(self.paths.published_scorecards, self.company.scorecards, shown)
            versions.switch(self.paths, self.refresh_id)
            self._after_the_switch(version.manifest)
            stage.result = (
                f"{version.manifest['rows_published']:,} rows in "
                f"{len(version.manifest['row_counts'])} tables; "
                f"{version.written_in_words}"
            )
        self.outcome = Outcome(
            status="published",
            refresh_id=self.refresh_id,
            version=self.refresh_id,
            folder=self.paths.current,
            as_of_date=version.manifest["as_of_date"],
            rows_published=version.manifest["rows_published"],
            seconds=dict(self.progress.seconds),
        )
        return self.outcome

    def run(self, when_open: Callable[["Refresh"], None] = lambda refresh: None) -> Outcome:
        """All stages in order, from the lock to the log. Raises what ended it, once it is logged.

        `when_open` is called once what earlier runs left is in the log.
        """
        with self, self.recording():
            self.open()
            when_open(self)
            if not self.is_nothing_new:
                self._run_what_is_new()
        assert self.outcome is not None
        return self.outcome

    def _run_what_is_new(self) -> None:
        from orchestration.expectations.gate import require_passed  # opens DuckDB's library
        from orchestration.warehouse.outcome import require_success

        self.check()
        self.prepare()
        self.land()
        require_passed(self.expect_raw())
        require_success(self.build())
        require_passed(self.expect_marts())
        self.publish()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Remember what went wrong, for `close` and for whoever gets it wrapped in another."""
        try:
            with ending_when_interrupted():
                yield
        except Exception as error:
            self.error = self.error or error
            # Dagster keeps what it is told, causes too: so it is told the message alone
            raise as_health_error(error) or HealthError(told(error)) from None
        except BaseException as error:
            self.error = self.error or error
            raise

    def close(self, error: BaseException | None = None) -> None:
        """Log a failure, remove the build folder and free the lock. Never hides the error."""
        error = error or self.error
        if self._lock is None:
            return
        try:
            if self.outcome is None and error is not None and not isinstance(error, Busy):
                try:
                    self._log_failure(error)
                except OSError:  # the disk is full: the build's room is needed to say so
                    remove_tree(self.paths.build_folder(self.refresh_id))
                    self._log_failure(error)
            remove_tree(self.paths.build_folder(self.refresh_id))
            if self.outcome is None and not self._is_audited_kept:
                remove_tree(self.paths.raw / self.refresh_id)
        except OSError as problem:
            self.progress.line(f"while ending the refresh: {problem}")
        finally:
            self._lock.__exit__()
            self._lock = None

    def __enter__(self) -> "Refresh":
        return self

    def __exit__(self, _: Any, error: BaseException | None, __: Any) -> None:
        self.close(error)

    # Parts

    def _begin_imports(self) -> None:
        """What the gates need takes seconds to load, and landing waits for the disk meanwhile."""
        from orchestration.expectations.validation import begin_import

        begin_import()

    def _say(self, stage: Any, outcome: Any) -> None:
        warned = outcome.of("warned")
        for result in warned[:WARNINGS_SHOWN]:
            stage.line(f"warned: {result.name}")
        if len(warned) > WARNINGS_SHOWN or outcome.of("blocked"):
            stage.line(f"all of them: {self.paths.expectations / 'expectations.html'}")
        stage.result = outcome.summary

    def _begin_build_file(self) -> Basis:
        from orchestration.landing.loads import hash_of_first_loads, read_loads
        from orchestration.landing.view_types import hash_with_types
        from orchestration.warehouse.layers import schemas_before_dates

        state, company_id = self.settings.state_dir, self.company.id
        count = len(read_loads(state, company_id))
        hashes = self._fingerprints()
        wanted = BuildStamp(
            refresh_id=self.refresh_id,
            base_hash=hash_with_types(hashes["base"], self.company, state, count),
            dates_hash=hashes["dates"],
            load_count=count,
            loads_hash=hash_of_first_loads(state, company_id, count),
            rebuild_from=self.rebuild_from,
            started_at=self.started_at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
        )
        basis = begin(
            self.paths,
            self.build_file,
            wanted,
            lambda first: hash_of_first_loads(state, company_id, first),
            schemas_before_dates(self.project.content),
            run_date=self.run_date,
            is_full=self.is_full,
        )
        build_files.stamp(self.build_file, self.refresh_id)
        return basis

    def _give_up_a_damaged_basis(self, messages: list[str]) -> None:
        damaged = [message for message in messages if is_damage(message)]
        if damaged and self.basis and not self.basis.is_full:
            remove_tree(self.paths.audited)
            detail = " ".join(damaged[0].split())[:200]
            raise HealthError(
                f"The last audited build is damaged ({detail}). "
                "Nothing was published; readers keep the last version. It was removed: run the "
                "refresh again, and it builds everything from the archived loads."
            )

    def _fingerprints(self) -> dict[str, str]:
        mapping = [self.company.mapping] if self.company.has_mapping else []
        root = self.settings.project_root
        return fingerprints(self.folder, mapping, self.company.scorecards, root)

    def _require_plausible_as_of(self) -> None:
        if self.as_of and self.as_of > self.run_date:
            raise BadInput(
                f"--as-of {self.as_of} lies in the future (today is {self.run_date}). "
                "Give a date up to today, or none."
            )

    def _tidy(self) -> None:
        refresh_log.reconcile(self.paths, self.started_at)
        statuses = refresh_log.statuses(self.paths)
        versions.tidy(self.paths, statuses)
        ledger.tidy(self.paths, statuses)
        finish_replacing(self.paths.audited)
        if self.paths.builds.exists():
            for folder in self.paths.builds.iterdir():
                if folder.name != "adhoc":  # where plain dbt puts a file of its own
                    remove_tree(folder)

    def _fingerprint(self) -> str:
        is_run_date = self.company.as_of == "run_date"
        return input_fingerprint(
            self.scan.fingerprint,
            self._fingerprints(),
            self.as_of,
            self.run_date if is_run_date else None,
            self.settings.project_root,
        )

    def _is_current_whole(self) -> bool:
        trouble = version_check.trouble(self.paths)
        if trouble:
            self.progress.line(
                f"What readers see is damaged ({trouble}). This refresh publishes a new version; "
                "`health rollback` gives them the one before at once."
            )
        return bool(not trouble and versions.current_version(self.paths))

    def _require_space(self) -> None:
        """Before anything is changed: can the disk hold what this refresh is about to write?"""
        version = versions.current_version(self.paths)
        folder = self.paths.versions / version if version else None
        require_space(self.paths, self.scan.new_bytes, folder)

    def _nothing_new(self) -> Outcome:
        """Not the last refresh's figures but those of what readers see: it may be a rollback."""
        version = versions.current_version(self.paths) or ""
        manifest = version_check.read_manifest(self.paths.versions / version)
        rollback = refresh_log.last_rollback(self.paths)
        if rollback:
            self.progress.line(
                f"{rollback['author']} rolled back to {version} on {rollback['started_at']} "
                f"({rollback['reason']}); the next new input is published."
            )
        return Outcome(
            status="nothing_new",
            refresh_id=self.refresh_id,
            version=version,
            folder=self.paths.current,
            as_of_date=manifest.get("as_of_date"),
            rows_published=manifest.get("rows_published"),
            seconds=dict(self.progress.seconds),
        )

    def _after_the_switch(self, manifest: dict[str, Any]) -> None:
        """Readers see the new version: what fails from here on is told, and made up next time."""
        try:
            self._log("published", manifest)
            acknowledgements.keep_blocks(self.paths, self.refresh_id, self.gates.standing)
            versions.prune(self.paths, self.settings.keep_versions)
            self._keep_raw_in_use()
        except (OSError, HealthError) as problem:
            self.progress.line(f"published, but: {problem}")

    def _make_build_folder(self) -> None:
        folder = self.paths.build_folder(self.refresh_id)
        folder.mkdir(parents=True)
        (folder / "started_at").write_text(self.started_at.isoformat(timespec="seconds"))

    def _keep_audited(self) -> None:
        """The audited build replaces the last one whole, by renames within the state folder."""
        built = build_files.files(self.build_file).values()
        for file in built:
            file.chmod(0o444)
            sync_file(file)
        self._is_audited_kept = True
        replace_folder(self.paths.audited, built)

    def _keep_raw_in_use(self) -> None:
        """Remove the Parquet of loads that no view of the audited build reads any more."""
        from orchestration.base.lockdown import open_read_only
        from orchestration.landing.raw_views import folders_in_use

        with open_read_only(self.paths.audited_file) as connection:
            kept = {self.paths.state / folder for folder in folders_in_use(connection)}
        for folder in self.paths.raw.iterdir():
            if folder not in kept:
                remove_tree(folder)

    def _log_failure(self, error: BaseException) -> None:
        # Where the error came after the switch, readers do see this version.
        refresh_log.log_current(self.paths, datetime.now(UTC))
        found = as_health_error(error)
        self._log(status_of(error), {}, message=told(found or error))
        if found and found.blocks:
            acknowledgements.keep_blocks(self.paths, self.refresh_id, found.blocks)

    def _log(self, status: str, manifest: dict[str, Any], message: str = "") -> None:
        refresh_log.append(
            self.paths,
            refresh_id=self.refresh_id,
            started_at=self.started_at,
            ended_at=datetime.now(UTC),
            as_of_date=manifest.get("as_of_date") or (str(self.as_of) if self.as_of else None),
            status=status,
            code_version=code_version(self.settings.project_root),
            input_fingerprint=self.fingerprint,
            rows_published=manifest.get("rows_published"),
            checks_passed=manifest.get("checks_passed"),
            checks_warned=manifest.get("checks_warned"),
            message=message,
        )
