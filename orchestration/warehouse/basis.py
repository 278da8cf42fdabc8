"""What a build starts from: a copy of the last audited build where that still holds, else nothing.

A build file says what it stands for (`config.build`). It can be carried on as long as the loads it
holds are the first of today's, what shapes staging and activity is the same, and the run's date
did not go back. Where only scorecards or the models after the activity layer changed, the copy
keeps staging and activity, and all dates are computed anew. Everything else starts from the
archived loads.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from orchestration.base import build_files
from orchestration.base.files import copy_file
from orchestration.base.lockdown import open_read_only
from orchestration.base.settings import CompanyPaths
from orchestration.warehouse.build_stamp import BuildStamp

DAMAGE = (
    "checksum",
    "Corrupt",
    "corrupt",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "INTERNAL Error",
)


@dataclass(frozen=True)
class Basis:
    """How a build file was begun."""

    stamp: BuildStamp
    loads_there: int
    is_full: bool
    reason: str
    keeps_dates: bool = False  # whether scorecards and all models are those of the last build
    carried_from: str | None = None  # the refresh whose marts it carries on; None: made anew


@dataclass(frozen=True)
class Audited:
    """What an audited build stands for, and the dates of its run."""

    stamp: BuildStamp
    run_date: date
    as_of_date: date | None


def begin(
    paths: CompanyPaths,
    build_file: Path,
    wanted: BuildStamp,
    hash_of_first_loads: Callable[[int], str],
    kept_schemas: Set[str],
    *,
    run_date: date,
    is_full: bool = False,
) -> Basis:
    """Begin a build file; `wanted` is what it shall stand for, but for its number.

    `kept_schemas` stay where all dates are computed anew.
    """
    if is_full:
        return _fresh(wanted, "a full refresh was asked for")
    if not paths.audited_file.exists():
        return _fresh(wanted, "there is no audited build yet")
    audited = read_audited(paths.audited_file)
    if isinstance(audited, str):
        return _fresh(wanted, f"the last audited build can't be read ({audited})")
    earlier = audited.stamp
    if earlier.base_hash != wanted.base_hash:
        return _fresh(
            wanted, "models, macros, company.yml, the mapping or the types of what it reads changed"
        )
    if earlier.load_count > wanted.load_count or (
        hash_of_first_loads(earlier.load_count) != earlier.loads_hash
    ):
        return _fresh(wanted, "the archived loads are not those of the last audited build")
    if run_date < audited.run_date:
        return _fresh(wanted, f"the last audited build is of a later day ({audited.run_date})")
    keeps_dates = earlier.dates_hash == wanted.dates_hash
    problem = _copy(paths.audited_file, build_file, None if keeps_dates else kept_schemas)
    if problem:
        return _fresh(wanted, f"the last audited build can't be carried on ({problem})")
    stamp = replace(wanted, build_number=earlier.build_number + 1)
    reason = f"from the last audited build ({earlier.refresh_id})"
    if not keeps_dates:
        reason += ", all dates anew: scorecards or scoring models changed"
    carried_from = earlier.refresh_id if keeps_dates else None
    return Basis(stamp, earlier.load_count, False, reason, keeps_dates, carried_from)


def _fresh(wanted: BuildStamp, reason: str) -> Basis:
    return Basis(wanted, 0, True, f"from the archived loads: {reason}")


def read_audited(database: Path) -> Audited | str:
    """What an audited build stands for; the reason as text where it can't be read."""
    import duckdb

    try:
        with open_read_only(database) as connection:
            names = ", ".join(field.name for field in fields(BuildStamp))
            build = connection.execute(f"select {names} from config.build").fetchone()
            run = connection.execute("select run_date, as_of_date from config.company").fetchone()
            paths = connection.execute("select path from raw.table_files").fetchall()
        if build is None or run is None:
            return "it does not say what it stands for"
        other = build_files.of_another_build(database, BuildStamp(*build).refresh_id)
        if other:
            return other
        home = database.parents[1]  # the company's state, from which paths count
        missing = [path for (path,) in paths if not (home / path).is_file()]
        if missing:
            return f"{len(missing)} files of its raw tables are gone"
        return Audited(BuildStamp(*build), *run)
    except (duckdb.Error, OSError, TypeError) as error:
        return str(error).splitlines()[0]


def _copy(audited: Path, build_file: Path, kept_schemas: Set[str] | None) -> str | None:
    """Copy what is carried on, sharing blocks where the file system can; a problem as text.

    `kept_schemas`: all others are left behind; None keeps all.
    """
    import duckdb

    copy_file(audited, build_file)
    if kept_schemas is None:
        for schema in build_files.PUBLISHED_SCHEMAS:
            there = build_files.published_file(audited, schema)
            copy_file(there, build_files.published_file(build_file, schema))
        return None
    try:
        with duckdb.connect(str(build_file)) as connection:
            found = connection.execute(
                "select schema_name from duckdb_schemas() where not internal "
                "and database_name = current_database() and schema_name <> 'main'"
            ).fetchall()
            for (schema,) in found:
                if schema not in kept_schemas:
                    connection.execute(f'drop schema "{schema}" cascade')
    except duckdb.Error as error:
        build_file.unlink()
        return str(error).splitlines()[0]
    return None


def is_damage(message: str) -> bool:
    """Whether an error says that the database file itself is damaged."""
    return any(words in message for words in DAMAGE)
