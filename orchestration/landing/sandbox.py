"""Where a company's own SQL runs: it sees the files of one load and nothing else.

The connection can read copies of that load's files in a scratch folder. It can't open any other
path, attach, install, load or write, and its configuration is locked.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.company.reading import Reading
from orchestration.company.spelling import suggestion
from orchestration.company.storage import writing
from orchestration.landing import csv_files, kinds, reader, unread, view_types
from orchestration.landing.formats import CSV, suffix_of
from orchestration.landing.habits import without_nulls
from orchestration.landing.loads import LandedFile, Load
from orchestration.landing.mapping import Call, Query, offered, running
from orchestration.landing.plan import mapping_inputs
from orchestration.landing.reader import identifier
from orchestration.landing.view_types import Spans


@dataclass(frozen=True)
class Result:
    """The rows of one query, typed where that loses nothing, else as text."""

    rows: pyarrow.RecordBatchReader
    dates: list[str]  # columns that hold dates, and hold them as text
    extra_columns: list[str]
    kept_types: dict[str, str]


@dataclass(frozen=True)
class View:
    """What a mapping sees of one file (or of what a read_csv of its own reads)."""

    place: str
    file: str
    columns: tuple[str, ...]
    texts: dict[str, kinds.Span | None]  # columns that were text, with what their values are
    twins: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sandbox:
    """A locked connection, and the folder of copies that it can read."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    habits: Reading
    views: dict[str, View] = field(default_factory=dict)

    def run(self, query: Query) -> Result:
        """Run one query; what can't stay typed becomes text."""
        table = query.table
        self._refuse_twins(query)
        with running(query, self.folder):
            sql = query.reading_from(self.folder, self._typed_call)
        with running(query, self.folder), self._telling_casts(query):
            described = self.connection.execute(f"describe {sql}").fetchall()
        types = {row[0]: row[1] for row in described}
        present = {name.lower() for name in types}
        for column in table.columns:
            if column.is_required and column.name not in present:
                raise BadInput(
                    f"{query.name}: its result lacks the required column `{column.name}`"
                    f"{suggestion(column.name, types)}."
                )
        source = reader.Source(
            relation=f"(\n{sql}\n) as mapped",
            expressions=reader.text_expressions(types, query.name, table, self.habits),
            column_names=tuple(types),
            line="",
            types={name.lower(): kind for name, kind in types.items()},
            plain={name.lower(): identifier(name) for name in types},
        )
        with running(query, self.folder), self._telling_casts(query):
            self.connection.execute(f"select {source.kept_list(table)} from {source.relation}")
            rows = self.connection.to_arrow_reader(100_000)
        types = source.kept_types(table) | source.absent(table)
        return Result(rows, unread.judged(source, table), source.extra_columns(table), types)

    def sources_of_unread(
        self, query: Query, found: dict[str, tuple[int, int]]
    ) -> list[unread.Column]:
        """Where the dates of a result that can't be read come from."""
        if not found:
            return []
        table = query.table
        sql = query.reading_from(self.folder, self._typed_call)
        types = {row[0]: row[1] for row in self.connection.execute(f"describe {sql}").fetchall()}
        texts = reader.text_expressions(types, query.name, table, self.habits)
        columns = []
        for name, (values, count) in found.items():
            relation = f"(select {texts[name]} as {identifier(name)} from (\n{sql}\n) as mapped)"
            examples = unread.examples(self.connection, relation, name)
            place, column = query.name, name
            if query.files:
                place += f" (which reads {', '.join(file for _, file in query.files)})"
            key = f"{table.name}.{name}"
            source = self._source_of(query, examples)
            if source is not None:
                view, column = source
                place = f"{self.views[view].place} (by {query.name}, as {table.name}.{name})"
                key = f"{view}.{column}"
            columns.append(unread.Column(place, column, key, count, values, examples))
        return columns

    def _unread_inputs(self, query: Query) -> Iterator[unread.Column]:
        """Columns of dates that a query names and that nobody said how to read."""
        for name in sorted(query.views):
            view, relation = self.views[name], f"landed.{identifier(name)}"
            named = [column for column in view.texts if column.lower() in query.columns]
            for column, (values, count) in unread.found(self.connection, relation, named).items():
                shown = unread.examples(self.connection, relation, column)
                place = f"{view.place} (by {query.name})"
                yield unread.Column(place, column, f"{name}.{column}", count, values, shown)

    def _source_of(self, query: Query, values: tuple[str, ...]) -> tuple[str, str] | None:
        """The view and column that a query takes some values from, found by the values."""
        listed = ", ".join(text_literal(value) for value in values)
        candidates = []
        for name in sorted(query.views):
            for column in self.views[name].columns:
                text = f"cast({identifier(column)} as varchar)"
                ((count,),) = self.connection.execute(
                    f"select count(distinct {text}) from landed.{identifier(name)} "
                    f"where {text} in ({listed})"
                ).fetchall()
                is_named = column.lower() in query.columns or "*" in query.columns
                candidates.append((is_named, count, name, column))
        best = max(candidates, key=lambda each: each[:2], default=None)
        return best[2:] if best and best[1] == len(values) else None

    def _refuse_twins(self, query: Query) -> None:
        """Of two columns of one name nobody can say which a mapping means."""
        wanted = query.columns
        if "*" in wanted:
            wanted = wanted | {column.name for column in query.table.readable_columns}
        for name in sorted(query.views):
            view = self.views[name]
            for twin in sorted(view.twins & wanted):
                raise BadInput(
                    f"{view.place}: the column `{twin}` stands twice in the header, and "
                    f"{query.name} reads it. Take one of them by its number: "
                    f'"{twin}_1" or "{twin}_2".'
                )

    def _typed_call(self, written: str, call: Call) -> str:
        """A read_csv that gives every column the type that loses nothing; those stated stay."""
        text = f"{written[: written.rindex(')')]}, all_varchar = true)"
        described = self.connection.execute(f"describe select * from {text}").fetchall()
        names = [row[0] for row in described]
        stated = {name.lower() for name in names[: call.first_stated]} | call.stated
        texts = {
            name: identifier(name)
            if name.lower() in stated
            else without_nulls(identifier(name), self.habits.nulls)
            for name in names
        }
        unstated = {name: sql for name, sql in texts.items() if name.lower() not in stated}
        decimal = call.decimal or self.habits.decimal
        spans = kinds.spans(self.connection, f"(from {text})", unstated, decimal)
        types = {name: kinds.data_type(spans.get(name)) for name in unstated}
        for pattern, kind in call.formats:
            for name in [name for name in unstated if name in spans and not types[name]]:
                moment = f"try_strptime({texts[name]}, {text_literal(pattern)})"
                ((is_fit,),) = self.connection.execute(
                    f"select count({texts[name]}) = count({moment}) from {text}"
                ).fetchall()
                if is_fit:
                    texts[name], types[name] = moment, kind
        return f"(select {kinds.select_list(texts, types, decimal)} from {text})"

    @contextlib.contextmanager
    def _telling_casts(self, query: Query) -> Iterator[None]:
        """Where a query counts with a column that is text: which it may be, and what to write."""
        try:
            yield
        except duckdb.BinderException as error:
            if "VARCHAR" not in str(error):
                raise
            casts = [
                f'cast("{column}" as {_cast_to(span)}) for {view.file}'
                for view in (self.views[name] for name in sorted(query.views))
                for column, span in view.texts.items()
                if span and span[0] != kinds.TEXT and column.lower() in query.columns
            ]
            dates = [unread.message(each, self.habits) for each in self._unread_inputs(query)]
            if dates and not casts:
                raise BadInput("\n".join(dates)) from None
            remedy = ", ".join(casts[:5]) or "cast(<column> as decimal(18, 4)), or as date"
            problem = str(error).split("\n")[0].removeprefix("Binder Error: ")
            raise BadInput(
                f"{query.name}: {problem.split(' You might')[0]} A column is text where a type "
                f"would lose some of its values. Say what it is: {remedy}."
            ) from None


def _cast_to(span: kinds.Span) -> str:
    """The type that a column of several kinds may be meant to have."""
    if span[0].startswith(("BIGINT", "DECIMAL")):
        return "decimal(18, 4)"
    return span[0].split(" (")[0].lower()


@contextlib.contextmanager
def sandbox(
    load: Load,
    mapping_sql: Mapping[str, str],
    queries: Iterable[Query],
    content: Callable[[LandedFile], Path],
    within: Path,
    habits: Reading,
    spans: Spans,
) -> Iterator[Sandbox]:
    """A locked connection that sees copies of one load's files, by path and as views.

    The copies lie in a folder `within` the one given, and go with the connection. `habits` are what
    company.yml says of how its systems write; `spans` what the values of the views are.
    """
    wanted = {view for query in queries for view in query.views}
    by_path = {load.path_inside(file): file for file in mapping_inputs(load, mapping_sql)}
    with tempfile.TemporaryDirectory(dir=within) as temporary, reader.connect() as connection:
        scratch = Path(temporary).resolve()
        folder = scratch / "landed"
        folder.mkdir()
        for path, file in by_path.items():
            _copy(content(file), folder / path, file, scratch)
        connection.execute("create schema landed")
        views = {
            view: _create_view(
                connection,
                view,
                folder / path,
                by_path[path],
                scratch,
                habits,
                spans.get(view, {}),
            )
            for view, path in offered(load, mapping_sql).items()
            if view in wanted
        }
        _lock(connection, folder, scratch)
        yield Sandbox(connection, folder, habits, views)


def _copy(source: Path, target: Path, file: LandedFile, scratch: Path) -> None:
    if any(sign in str(target) for sign in "*?["):
        raise BadInput(f"landed/{file.path}: rename it without * ? [ (they stand for patterns).")
    is_plain_text = suffix_of(file.path) in CSV and not suffix_of(file.path).endswith(".gz")
    with writing():
        target.parent.mkdir(parents=True, exist_ok=True)
        readable = csv_files.as_utf8(source, file.path, scratch) if is_plain_text else source
        shutil.copyfile(readable, target)


def _create_view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    path: Path,
    file: LandedFile,
    scratch: Path,
    habits: Reading,
    spans: view_types.Columns,
) -> View:
    """Make the view, each column in the type from which all its values can be written back."""
    text = view_types.open_text(connection, view, path, file, scratch, habits)
    types = text.types(spans)
    listed = [*text.plain.values(), kinds.select_list(text.columns, types, habits.decimal)]
    with reader.reading(f"landed/{file.path}"):
        connection.execute(
            f"create view landed.{identifier(view)} as "
            f"select {', '.join(each for each in listed if each)} from {text.relation}"
        )
        described = connection.execute(f"describe landed.{identifier(view)}").fetchall()
    untyped = {name: spans.get(name.lower()) for name in text.columns if not types[name]}
    place = f"landed/{file.path}"
    return View(place, file.path, tuple(row[0] for row in described), untyped, text.twins)


def _lock(connection: duckdb.DuckDBPyConnection, folder: Path, scratch: Path) -> None:
    # One thread, so that sums of floats and the order of groups are the same in every run.
    connection.execute("set threads = 1")
    connection.execute(f"set temp_directory = {text_literal(scratch / 'spill')}")
    shut_in(connection, scratch)
