"""A build file with a hand-made raw zone, and dbt over it: what staging does to given rows.

Columns come from _raw_tables.yml; a test names only those that it is about.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.base.build_files import open_build
from orchestration.base.settings import PROJECT_ROOT, WAREHOUSE_FILE, exported
from orchestration.company.tables import COMMON_COLUMNS, raw_tables
from orchestration.landing.config_zone import TABLES
from orchestration.landing.daily_volume import note_repeated_keys
from orchestration.landing.raw import BOOKKEEPING_TABLES
from orchestration.landing.raw_views import listed_ones
from orchestration.warehouse.build import close_duckdb

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
# Inside the dbt project: what dbt reads from a folder outside of it, it would overwrite.
GENERATED = Path("generated") / "tests_staging"


@dataclass(frozen=True)
class LandedRow:
    """One row of one file of one load; columns that are not given are null."""

    table: str
    load: int
    file: str
    values: dict[str, str | None]


@dataclass
class RawZone:
    """Rows to be written, and the loads that bring them."""

    loads: dict[int, datetime]
    run_date: date
    time_zone: str = "UTC"
    rows: list[LandedRow] = field(default_factory=list)
    malformed: list[tuple[str, str, int, int, str]] = field(default_factory=list)
    empty_landings: list[tuple[str, int]] = field(default_factory=list)
    listed: dict[str, dict[str, str]] = field(default_factory=dict)  # company.yml's reading: values

    def land(self, table: str, load: int, file: str | None = None, **values: str | None) -> None:
        self.rows.append(LandedRow(table, load, file or f"{table}.csv", values))

    def land_nothing(self, table: str, load: int) -> None:
        """A file without rows."""
        self.empty_landings.append((table, load))

    def in_opposite_order(self) -> "RawZone":
        """The same loads, every file and row in the opposite order."""
        names = sorted({row.file for row in self.rows})
        opposite = dict(zip(names, reversed(names), strict=True))
        rows = [
            LandedRow(row.table, row.load, opposite[row.file], row.values)
            for row in reversed(self.rows)
        ]
        return RawZone(
            self.loads,
            self.run_date,
            self.time_zone,
            rows,
            self.malformed,
            self.empty_landings,
            self.listed,
        )

    def write(self, folder: Path) -> Path:
        """Write the build file into a folder; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        build_file = folder / WAREHOUSE_FILE
        with writing(build_file) as connection:
            connection.execute("create schema raw; create schema config")
            self._write_tables(connection)
            self._write_bookkeeping(connection)
            connection.execute(
                "create table config.company as select ? as time_zone, cast(? as date) as run_date",
                [self.time_zone, self.run_date],
            )
            connection.execute(
                "create table config.build as select 1 as build_number, 0 as loads_there"
            )
            connection.execute(f"create table config.lost_columns ({TABLES['lost_columns']})")
            note_repeated_keys(connection, loads_there=0)
        return build_file

    def _write_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        for name, table in raw_tables().items():
            own = [column.name for column in table.columns]
            text = ", ".join(f'"{column}" varchar' for column in own)
            common = ", ".join(f"{column} varchar" for column in COMMON_COLUMNS)
            listed = "".join(
                f", {column} varchar generated always as ({sql}) virtual"
                for column, sql in listed_ones(table, self.listed).items()
            )
            connection.execute(
                f"create table raw.{name} ({text}, _load_number integer, "
                f"_loaded_at timestamp, _file varchar, _line bigint, {common}{listed})"
            )
            lines: dict[tuple[int, str], int] = {}
            written = []
            for row in (row for row in self.rows if row.table == name):
                unknown = set(row.values) - {*own, *COMMON_COLUMNS}
                assert not unknown, f"{name} has no column {unknown}"
                line = lines[row.load, row.file] = lines.get((row.load, row.file), 1) + 1
                written.append(
                    [
                        *(row.values.get(column) for column in own),
                        *(row.load, self.loads[row.load], row.file, line),
                        *(row.values.get(column) for column in COMMON_COLUMNS),
                    ]
                )
            if written:
                marks = ", ".join("?" * len(written[0]))
                connection.executemany(f"insert into raw.{name} values ({marks})", written)

    def _write_bookkeeping(self, connection: duckdb.DuckDBPyConnection) -> None:
        for name, columns in BOOKKEEPING_TABLES.items():
            described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table raw.{name} ({described})")
        landed = {(row.table, row.load) for row in self.rows} | set(self.empty_landings)
        for table, load in sorted(landed):
            rows = [row for row in self.rows if (row.table, row.load) == (table, load)]
            connection.execute(
                "insert into raw.table_loads values (?, ?, ?, ?, ?)",
                [load, table, self.loads[load], len(rows), len({row.file for row in rows})],
            )
        for line in self.malformed:
            connection.execute("insert into raw.malformed_rows values (?, ?, ?, ?, ?)", line)


class StagingProject:
    """dbt in this process: parsed once, run over as many build files as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        scorecards = DBT_PROJECT / GENERATED / "scorecards"
        scorecards.mkdir(parents=True, exist_ok=True)
        (DBT_PROJECT / GENERATED / "models").mkdir(exist_ok=True)
        for path in (PROJECT_ROOT / "seeds" / "scorecards").glob("*.csv"):
            shutil.copy(path, scorecards)
        self.manifest = self._invoke(folder / WAREHOUSE_FILE, "parse").result

    def run(self, command: str, build_file: Path) -> list:
        """`dbt build` or `dbt run` over staging; returns the result of every node."""
        outcome = self._invoke(build_file, command, "--select", "staging")
        failed = [f"{item.node.name}: {item.message}" for item in outcome.result if item.message]
        assert outcome.success, "\n".join(failed)
        return list(outcome.result)

    def _invoke(self, build_file: Path, *arguments: str):
        from dbt.cli.main import dbtRunner

        environment = {
            "HEALTH_TARGET": "duckdb",
            "HEALTH_BUILD_FILE": str(build_file),
            "GENERATED_MODELS": str(GENERATED / "models"),
            "SCORECARDS_DIR": str(GENERATED / "scorecards"),
        }
        options = [
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder)),
            *("--log-level", "none", "--log-level-file", "none", "--no-version-check"),
            "--no-send-anonymous-usage-stats",
        ]
        try:
            with exported(environment):
                runner = dbtRunner(manifest=getattr(self, "manifest", None))
                outcome = runner.invoke([*arguments, *options])
        finally:
            close_duckdb()
        if outcome.exception:
            raise outcome.exception
        return outcome


@contextmanager
def writing(build_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """All in one transaction: each of its own would wait for the disk."""
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("begin")
        yield connection
        connection.execute("commit")


@contextmanager
def reading(build_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_build(build_file, build_file.parent) as connection:
        yield connection


def records(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict]:
    """The rows of a query as dicts."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
