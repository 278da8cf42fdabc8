"""The types of what a mapping reads: properties of a column over all files that feed one view.

Every file of every load counts, so that one load is not read otherwise than the next. What the
values of a file are is found once and kept beside the archive, by content; the file may be deleted
at any time. A build that starts from an earlier one needs the types that it had: `types_hash`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.company import storage
from orchestration.company.company import Company
from orchestration.company.reading import Reading
from orchestration.landing import csv_files, kinds, reader
from orchestration.landing.formats import CSV, JSON, suffix_of
from orchestration.landing.habits import iso_text, without_nulls
from orchestration.landing.loads import (
    LandedFile,
    Load,
    company_state,
    content_path,
    files_folder,
    read_loads,
    scratch_folder,
)
from orchestration.landing.mapping import Query, offered, parse_mapping
from orchestration.landing.plan import mapping_inputs
from orchestration.landing.reader import identifier
from orchestration.landing.scan import read_mapping_sql

CACHE_NAME = "view_types.json"
# Raised when kinds.py or habits.py find other kinds in the same text.
RULES = 1

Columns = dict[str, kinds.Span | None]  # by name in small letters; None without any value
Spans = dict[str, Columns]  # by view


@dataclass(frozen=True)
class Text:
    """A file as a relation, its columns as SQL that is text, and those that are typed already."""

    relation: str
    columns: dict[str, str]
    stated: frozenset[str]  # columns of which company.yml says how they write dates
    plain: Mapping[str, str] = field(default_factory=dict)
    twins: frozenset[str] = frozenset()

    def spans(self, connection: duckdb.DuckDBPyConnection, decimal: str | None) -> Columns:
        """What the values of each column are."""
        found = kinds.spans(connection, self.relation, self.columns, decimal)
        return {name.lower(): found.get(name) for name in (*self.plain, *self.columns)}

    def types(self, spans: Columns) -> dict[str, str | None]:
        """The type of each column; None for text."""
        return {
            name: kinds.data_type(spans.get(name.lower()), is_stated=name in self.stated)
            for name in self.columns
        }


class Known:
    """The spans of files that were looked at before, kept in the state."""

    def __init__(self, company: Company, state: Path) -> None:
        self.file = company_state(state, company.id) / CACHE_NAME
        self.habits = company.reading
        self.rules = [RULES, company.reading.model_dump(mode="json")]
        self.spans: dict[str, Columns] = {}
        self.is_new = False
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
            if content["rules"] == self.rules:
                self.spans = {
                    key: {name: span and (span[0], span[1]) for name, span in columns.items()}
                    for key, columns in content["files"].items()
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass

    def write(self) -> None:
        """Keep what was found."""
        if self.is_new:
            content = {"rules": self.rules, "files": self.spans}
            storage.write_atomically(self.file, json.dumps(content, sort_keys=True).encode())


def spans_of_views(
    queries: Iterable[Query],
    loads: Iterable[Load],
    mapping_sql: Mapping[str, str],
    content: Callable[[Load, LandedFile], Path],
    scratch: Path,
    folders: Iterable[Path],
    known: Known,
) -> Spans:
    """The spans of all views that the queries read, over all loads.

    `content` says where a file lies, within `folders`.
    """
    wanted = {view for query in queries for view in query.views}
    united: Spans = {}
    with reader.connect() as connection:
        shut_in(connection, *folders, scratch)
        for load in loads:
            by_path = {load.path_inside(file): file for file in mapping_inputs(load, mapping_sql)}
            for view, path in offered(load, mapping_sql).items():
                if view not in wanted:
                    continue
                file = by_path[path]
                key = f"{file.sha256} {view}"
                if key not in known.spans:
                    text = open_text(
                        connection, view, content(load, file), file, scratch, known.habits
                    )
                    with reader.reading(f"landed/{file.path}"):
                        known.spans[key] = text.spans(connection, known.habits.decimal)
                    known.is_new = True
                so_far = united.setdefault(view, {})
                for name, span in known.spans[key].items():
                    so_far[name] = kinds.united([so_far.get(name), span])
    return united


def archived_spans(company: Company, state: Path, loads: list[Load], scratch: Path) -> Spans:
    """Those of all archived loads; what had to be looked at is kept."""
    mapping_sql = read_mapping_sql(company)
    known = Known(company, state)

    def content(_: Load, file: LandedFile) -> Path:
        return content_path(state, company.id, file.sha256)

    queries = parse_mapping(mapping_sql) if mapping_sql else []
    archive = files_folder(state, company.id)
    spans = spans_of_views(queries, loads, mapping_sql, content, scratch, [archive], known)
    known.write()
    return spans


def hash_with_types(base_hash: str, company: Company, state: Path, load_count: int) -> str:
    """The hash of what raw tables follow from, with the types that the archived loads give."""
    if not company.has_mapping:
        return base_hash
    loads = read_loads(state, company.id)[:load_count]
    with scratch_folder(state, company.id) as scratch:
        types = types_hash(archived_spans(company, state, loads, scratch))
    return hashlib.sha256(f"{base_hash}{types}".encode()).hexdigest() if types else base_hash


def types_hash(spans: Spans) -> str:
    """One hash of what types the views have; nothing where no mapping reads a text."""
    types = {
        f"{view}.{name}": (kinds.data_type(span), kinds.data_type(span, is_stated=True))
        for view, columns in spans.items()
        for name, span in columns.items()
        if kinds.data_type(span, is_stated=True)
    }
    return hashlib.sha256(json.dumps(types, sort_keys=True).encode()).hexdigest() if types else ""


def open_text(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    path: Path,
    file: LandedFile,
    scratch: Path,
    habits: Reading,
) -> Text:
    """How the view of a file reads it; a line that can't be taken is refused."""
    twins: frozenset[str] = frozenset()
    plain: dict[str, str] = {}
    if suffix_of(file.path) in CSV:
        opened = csv_files.open_csv(path, file.path, scratch)
        _refuse_malformed(connection, opened, file.path)
        relation, twins = opened.relation(is_sound=True), opened.twins()
        texts = {name: f"c{number}" for number, name in enumerate(opened.names())}
    elif suffix_of(file.path) in JSON:
        relation, texts = reader.json_text(connection, path, file.path, scratch)
    else:
        relation = f"read_parquet({text_literal(reader.plain_path(path, scratch))})"
        texts, plain = _texts_of_parquet(connection, view, relation, file, habits)
    forms = {name: habits.landed_form(view, name) for name in texts}
    for name, sql in texts.items():
        text, form = without_nulls(f"({sql})", habits.nulls), forms[name]
        texts[name] = iso_text(f"({text})", form) if form else text
    stated = frozenset(name for name, form in forms.items() if form)
    return Text(relation, texts, stated, plain, twins)


def _texts_of_parquet(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    relation: str,
    file: LandedFile,
    habits: Reading,
) -> tuple[dict[str, str], dict[str, str]]:
    """Columns of which company.yml says something, as text; the others as they are."""
    texts, plain = {}, {}
    with reader.reading(f"landed/{file.path}"):
        described = connection.execute(f"describe select * from {relation}").fetchall()
    for name, data_type, *_ in described:
        if habits.landed_form(view, name) and not data_type.startswith(("DATE", "TIME")):
            texts[name] = f"cast({identifier(name)} as varchar)"
        else:
            sql = identifier(name)
            if data_type == "VARCHAR":
                sql = f"{without_nulls(sql, habits.nulls)} as {sql}"
            plain[name] = sql
    return texts, plain


def _refuse_malformed(
    connection: duckdb.DuckDBPyConnection, opened: csv_files.CsvFile, name: str
) -> None:
    """A line that can't be read would be a row that the mapping never sees."""
    with reader.reading(name):
        connection.execute(f"select count(c0) from {opened.relation()}").fetchall()
    malformed = [*(opened.malformed or ()), *csv_files.take_rejects(connection)]
    if malformed:
        raise BadInput(
            f"landed/{name}: {len(malformed)} lines can't be read; line {malformed[0].line} has "
            f"{malformed[0].reason}. Mend them, or export the file again."
        )
