"""What lies in the landed folder, and what of it is new.

Runs before anything else and within a second, also where nothing is new: so it imports no engine,
no frame library and no orchestrator, and it changes nothing.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.base.errors import BadInput
from orchestration.company import storage
from orchestration.company.company import Company
from orchestration.company.spelling import nearest, suggestion
from orchestration.company.tables import raw_tables
from orchestration.landing import acts, formats, hashing, plan
from orchestration.landing.loads import LandedFile, Load, company_state, landed, read_loads

if TYPE_CHECKING:
    from orchestration.landing.view_types import Known

DATED_FOLDER = re.compile(r"^\d{4}-\d{2}-\d{2}(T\d{4}(\d{2})?)?$")
ALMOST_DATED = re.compile(r"^\d{4}[-_.]?\d{1,2}[-_.]?\d{1,2}")
# Folders may be named after the local day, which can be up to 14 hours ahead of UTC.
CLOCK_TOLERANCE = timedelta(days=1)


@dataclass
class Scan:
    """The landed folder compared with the archive."""

    company: Company
    state: Path
    archived: list[Load]
    new_loads: list[Load]
    mapping_sql: dict[str, str]
    hashes: dict[str, dict] = field(default_factory=dict, repr=False)
    # Files of the desktop that lie in the landed folder; nobody reads them.
    passed_over: list[str] = field(default_factory=list)
    # What validation found out about the values of what a mapping reads.
    known: "Known | None" = field(default=None, repr=False)

    @property
    def has_changes(self) -> bool:
        """True when there is a load that the archive does not hold."""
        return bool(self.new_loads)

    @property
    def new_bytes(self) -> int:
        """Bytes of the files that the archive does not hold."""
        return sum(file.size for load in self.new_loads for file in load.files if file.is_changed)

    @property
    def loads(self) -> list[Load]:
        """Archived and new, in order."""
        return self.archived + self.new_loads

    def source(self, load: Load, file: LandedFile) -> Path:
        """Where a file of a new load lies until it is archived."""
        if load.is_acts:
            return company_state(self.state, self.company.id) / file.path
        return self.company.landed / file.path

    @property
    def fingerprint(self) -> str:
        """One hash over all landed content and the mapping; equal inputs, equal fingerprint."""
        content = {
            "loads": [
                [
                    load.loaded_at.isoformat(),
                    [[file.path, file.sha256] for file in load.files],
                    *(
                        [note.table, note.meaning, str(note.since), note.column]
                        for note in load.notes
                    ),
                ]
                for load in self.loads
            ],
            "mapping": sorted(self.mapping_sql.items()),
        }
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def scan(company: Company, state: Path, now: datetime) -> Scan:
    """List and hash the landed files, check their names, and find the loads that are new."""
    state = Path(state)
    mapping_sql = read_mapping_sql(company)
    archived = read_loads(state, company.id)
    files, passed_over = _landed_files(company, archived)
    hashes = hashing.hash_all(company.landed, files, hashing.read_cache(state, company.id))
    result = Scan(company, state, archived, [], mapping_sql, hashes, passed_over)
    dated = _dated_folders(company, files)
    _check_names(company, files, dated, mapping_sql)
    if dated:
        result.new_loads = _new_dated_loads(result, files, dated, now)
    elif files:
        result.new_loads = _new_flat_load(result, files, now)
    _check_accounts(result)
    new_acts = acts.new_load(state, company.id, result.loads, now)
    if new_acts:
        result.new_loads.append(new_acts)
    return result


def read_mapping_sql(company: Company) -> dict[str, str]:
    """The company's own SQL by raw table; empty where it has none."""
    if not company.has_mapping:
        return {}
    found = {}
    for file in storage.regular_files(company.mapping):
        if file.suffix.lower() == ".md" or formats.is_stray(file.name):
            continue
        if file.suffix != ".sql" or file.parent != company.mapping:
            raise BadInput(f"{file}: mapping/ holds one <raw table>.sql per raw table, no more.")
        if file.stem not in raw_tables():
            raise BadInput(
                f"{file}: `{file.stem}` is no raw table{suggestion(file.stem, raw_tables())}. "
                "Name the file after the raw table that it makes."
            )
        try:
            found[file.stem] = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput(f"{file} is not UTF-8. Save it as UTF-8.") from error
    return found


def _landed_files(company: Company, archived: list[Load]) -> tuple[list[Path], list[str]]:
    """What was landed, and what only lies there."""
    if not company.landed.is_dir():
        raise BadInput(f"{company.landed}: there is no such folder. Land at least accounts.csv.")
    passed_over: list[Path] = []
    files = storage.regular_files(company.landed, formats.is_stray, passed_over)
    # Dated folders may be cleared away once they are archived; loose files are the state itself.
    before = landed(archived)
    if not files and not (before and before[-1].folder):
        raise BadInput(f"{company.landed} is empty. Land at least accounts.csv.")
    return files, [file.relative_to(company.landed).as_posix() for file in passed_over]


def _dated_folders(company: Company, files: list[Path]) -> dict[str, datetime]:
    """Names of the dated folders with their time; empty where files lie loose."""
    tops = {file.relative_to(company.landed).parts[0] for file in files}
    dated = {top for top in tops if DATED_FOLDER.match(top) and (company.landed / top).is_dir()}
    if dated and dated != tops:
        raise BadInput(
            f"{company.landed} holds dated folders and, beside them, "
            f"{', '.join(sorted(tops - dated)[:3])}. Use one or the other."
        )
    return {name: _folder_time(company.landed / name) for name in sorted(dated)}


def _folder_time(folder: Path) -> datetime:
    for pattern in ("%Y-%m-%d", "%Y-%m-%dT%H%M", "%Y-%m-%dT%H%M%S"):
        try:
            return datetime.strptime(folder.name, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise BadInput(f"{folder}: no such day or time. Name it like 2025-11-02 or 2025-11-02T0400.")


def _check_names(
    company: Company, files: list[Path], dated: dict[str, datetime], mapping_sql: dict[str, str]
) -> None:
    problems = []
    for file in files:
        path = file.relative_to(company.landed).as_posix()
        if dated:
            path = path.split("/", 1)[1]
        if not formats.suffix_of(file.name):
            problems.append(formats.refusal(file))
        elif not mapping_sql and plan.table_by_name(path) is None:
            problems.append(_unknown_file(file, path))
    if problems:
        raise BadInput("\n".join(problems[:10]))


def _unknown_file(file: Path, path: str) -> str:
    folder, _, _ = path.rpartition("/")
    if folder and ALMOST_DATED.match(folder):
        return f"{file}: name a dated folder like 2025-11-02 or 2025-11-02T0400."
    word = folder.split("/")[0] if folder else plan.stem_of(path)
    guess = nearest(word, raw_tables()) or nearest(re.split(r"[^A-Za-z_]", word)[0], raw_tables())
    hint = f"did you mean `{guess}`?" if guess else "the tables are " + ", ".join(raw_tables())
    return (
        f"{file}: `{word}` is no raw table ({hint}). Name files <table>.csv, "
        "<table>_<anything>.csv or <table>/<anything>.csv, or add SQL under mapping/."
    )


def _new_dated_loads(
    result: Scan, files: list[Path], dated: dict[str, datetime], now: datetime
) -> list[Load]:
    known = {load.folder: load for load in result.archived}
    # acts are of no folder: one named after today may still be landed after an act of today
    last = max((load.loaded_at for load in landed(result.archived)), default=None)
    new: list[Load] = []
    for name, loaded_at in sorted(dated.items(), key=lambda item: item[1]):
        folder = result.company.landed / name
        inside = [file for file in files if file.is_relative_to(folder)]
        listed = _listed(result, inside, loaded_at=loaded_at, folder=name)
        if name in known:
            _refuse_changed_folder(folder, known[name], listed)
            continue
        if loaded_at > now + CLOCK_TOLERANCE:
            raise BadInput(f"{folder}: this day has not come yet. Check the folder's name.")
        if last is not None and loaded_at <= last:
            raise BadInput(
                f"{folder}: not later than the last archived load ({last:%Y-%m-%d %H:%M} UTC). "
                "Loads are taken in order: put these files in a folder named after today."
            )
        new.append(replace(listed, number=len(result.archived) + len(new) + 1))
        last = loaded_at
    return [_with_changes(result, new, load) for load in new]


def _refuse_changed_folder(folder: Path, archived: Load, listed: Load) -> None:
    before = {file.path: file.sha256 for file in archived.files}
    for file in listed.files:
        if before.get(file.path) != file.sha256:
            raise BadInput(
                f"{folder.parent / file.path} was {'changed' if file.path in before else 'added'} "
                f"after {folder.name} had been archived. Loads are never rewritten: put the new "
                "file in a new dated folder."
            )


def _new_flat_load(result: Scan, files: list[Path], now: datetime) -> list[Load]:
    listed = _listed(result, files, loaded_at=now.astimezone(UTC), folder=None)
    missing = plan.present_tables(result.archived, result.mapping_sql) - set(
        plan.files_by_table(listed, result.mapping_sql)
    )
    load = replace(
        listed,
        number=len(result.archived) + 1,
        missing_tables=tuple(sorted(missing - set(result.mapping_sql))),
    )
    direct = plan.plan([*result.archived, load], result.mapping_sql)[-1].direct
    inputs = _contents(plan.mapping_inputs(load, result.mapping_sql))
    earlier = landed(result.archived)
    last = earlier[-1] if earlier else None
    changed = [table for table in direct if not _is_known_outage(table, last, load, result)]
    inputs_before = _contents(plan.mapping_inputs(last, result.mapping_sql)) if last else {}
    if not changed and not load.missing_tables and inputs == inputs_before:
        return []
    return [_with_changes(result, [load], load)]


def _is_known_outage(table: str, last: Load | None, load: Load, result: Scan) -> bool:
    """The same rows that were acknowledged as an outage still lie there."""
    if last is None or table not in last.not_taken:
        return False
    known = plan.files_by_table(last, result.mapping_sql).get(table, [])
    now = plan.files_by_table(load, result.mapping_sql).get(table, [])
    return _contents(known) == _contents(now)


def _contents(files: list[LandedFile]) -> dict[str, str]:
    return {file.path: file.sha256 for file in files}


def _listed(result: Scan, files: list[Path], *, loaded_at: datetime, folder: str | None) -> Load:
    """A load as it lies in the folder, not numbered yet."""
    landed = []
    for file in files:
        path = file.relative_to(result.company.landed).as_posix()
        entry = result.hashes[path]
        inside = path.removeprefix(f"{folder}/") if folder else path
        table = plan.direct_table(inside, result.mapping_sql)
        landed.append(LandedFile(path, entry["sha256"], table, entry["size"], is_changed=True))
    return Load(0, loaded_at, folder, tuple(landed))


def _with_changes(result: Scan, new: list[Load], load: Load) -> Load:
    """Mark what differs from the loads before, and carry over row counts that are known."""
    earlier = result.archived + [other for other in new if other.number < load.number]
    last = {file.path: file for before in earlier for file in before.files}
    counts = {
        (file.table, file.sha256): file.row_count for before in earlier for file in before.files
    }
    return replace(
        load,
        files=tuple(
            replace(
                file,
                is_changed=file.path not in last or last[file.path].sha256 != file.sha256,
                row_count=counts.get((file.table, file.sha256)),
            )
            for file in load.files
        ),
    )


def _check_accounts(result: Scan) -> None:
    if "accounts" in result.mapping_sql:
        return
    if not any(
        plan.files_by_table(load, result.mapping_sql).get("accounts") for load in result.loads
    ):
        raise BadInput(
            f"{result.company.landed}: no accounts. Every company lands at least accounts.csv (or "
            "accounts.parquet), or has a mapping/accounts.sql."
        )
