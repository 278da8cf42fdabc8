"""How a CSV file is read: encoding, delimiter, header, and the lines that can't be taken.

DuckDB reads the file by explicit options, nothing guessed. Its parser gives up on a file that mixes
line endings; such a file is first rewritten by Python's, line numbers kept.
"""

import codecs
import contextlib
import csv
import gzip
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import duckdb

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import text_literal
from orchestration.landing.formats import suffix_of

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE_BYTES = 64_000_000
USUAL_LINE_BYTES = 2_000_000
CHUNK_BYTES = 1 << 20

REASONS = {
    "MISSING COLUMNS": "fewer fields than the header",
    "TOO MANY COLUMNS": "more fields than the header",
    "UNQUOTED VALUE": "a quote that does not end its field",
    "LINE SIZE OVER MAXIMUM": f"longer than {LONGEST_LINE_BYTES // 1_000_000} MB",
    "INVALID ENCODING": "not UTF-8",
}


@dataclass(frozen=True)
class Malformed:
    """A line that the reader could not take."""

    line: int
    reason: str


@dataclass(frozen=True)
class CsvFile:
    """A CSV file that is ready to be read."""

    readable: Path
    delimiter: str
    header: tuple[str, ...]
    # Set when the file was rewritten: the first column then holds the line in the original.
    malformed: tuple[Malformed, ...] | None = None

    @property
    def is_rewritten(self) -> bool:
        """True when Python's parser has been over it."""
        return self.malformed is not None

    def names(self) -> tuple[str, ...]:
        """A name for each column: of those that share one, `Owner_1` and `Owner_2`."""
        given = [name or f"column_{number}" for number, name in enumerate(self.header, start=1)]
        taken = {name.lower() for name in given}
        names: list[str] = []
        for name in given:
            if name.lower() in self.twins():
                number = 1
                while f"{name}_{number}".lower() in taken:
                    number += 1
                name = f"{name}_{number}"
                taken.add(name.lower())
            names.append(name)
        return tuple(names)

    def twins(self) -> frozenset[str]:
        """Names that stand more than once in the header, in small letters."""
        lower = [name.lower() for name in self.header if name]
        return frozenset(name for name in lower if lower.count(name) > 1)

    def relation(self, *, is_sound: bool = False) -> str:
        """SQL that yields every field as text: columns c0, c1 …, and `line` if rewritten.

        Lines that can't be taken are left out and noted (`take_rejects`); of a file that is known
        to be sound there are none.
        """
        fields = [f"'c{number}': 'VARCHAR'" for number in range(len(self.header))]
        if self.is_rewritten:
            fields.insert(0, "'line': 'BIGINT'")
        longest = min(max(self.readable.stat().st_size, USUAL_LINE_BYTES), LONGEST_LINE_BYTES)
        delimiter = "," if self.is_rewritten else self.delimiter
        return (
            f"read_csv({text_literal(self.readable)}, auto_detect = false, header = true, "
            f"delim = '{delimiter}', quote = '\"', escape = '\"', nullstr = '', "
            f"columns = {{{', '.join(fields)}}}, max_line_size = {longest}"
            + (")" if is_sound else ", store_rejects = true, rejects_limit = 0)")
        )


def open_csv(path: Path, name: str, scratch: Path, known_columns: tuple[str, ...] = ()) -> CsvFile:
    """Find encoding, delimiter and header. `name` is what messages call the file."""
    readable = as_utf8(path, name, scratch)
    with readable.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = _first_record_text(file)
    if not first.strip():
        raise EmptyFile(f"{name} is empty: not even a header. Export it again.")
    delimiters = "\t" if ".tsv" in suffix_of(name) else DELIMITERS
    delimiter, header = _split_header(first, known_columns, delimiters)
    _refuse_twins(name, header, known_columns)
    opened = CsvFile(readable, delimiter, header)
    return _rewritten(opened, scratch) if _mixes_line_ends(readable) else opened


class EmptyFile(BadInput):
    """A CSV file without any byte of content."""


def _rewritten(file: CsvFile, scratch: Path) -> CsvFile:
    """The same rows in a plain form, written by Python's parser."""
    csv.field_size_limit(2**31 - 1)
    target = scratch / f"rewritten_{len(list(scratch.iterdir()))}.csv"
    malformed: list[Malformed] = []
    width = len(file.header)
    with (
        file.readable.open(encoding="utf-8-sig", errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["line", *file.header])
        reader = csv.reader(source, delimiter=file.delimiter, strict=True)
        is_header = True
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error:
                malformed.append(Malformed(line, REASONS["UNQUOTED VALUE"]))
                continue
            if not row:
                continue
            if len(row) == width + 1 and not row[-1]:
                row.pop()  # a delimiter at the line's end, which DuckDB takes too
            if is_header:
                is_header = False
            elif len(row) == width:
                writer.writerow([line, *row])
            else:
                kind = "MISSING COLUMNS" if len(row) < width else "TOO MANY COLUMNS"
                malformed.append(Malformed(line, REASONS[kind]))
    return CsvFile(target, file.delimiter, file.header, tuple(malformed))


def take_rejects(connection: duckdb.DuckDBPyConnection) -> list[Malformed]:
    """The lines that the last read left out; forgets them afterwards.

    They are there once all rows have been fetched, not before. Without any row, no table is made.
    """
    is_there = "select 1 from duckdb_tables() where table_name = 'reject_errors'"
    if connection.execute(is_there).fetchone() is None:
        return []
    rows = connection.execute(
        "select line, min(error_type) from reject_errors group by line order by line"
    ).fetchall()
    forget_rejects(connection)
    return [Malformed(line, REASONS.get(kind, kind.lower())) for line, kind in rows]


def forget_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty the tables in which DuckDB keeps rejected lines."""
    connection.execute("drop table if exists reject_errors")
    connection.execute("drop table if exists reject_scans")


def refuse_undecodable(path: Path, name: str) -> None:
    """Stop at the first byte that is not UTF-8 (or, with its mark, UTF-16)."""
    with _unpacking(name), _open(path, name) as file:
        encoding = _encoding_of(file.read(4))
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with _unpacking(name), _open(path, name) as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line += chunk[: error.start].count(b"\n")
                raise BadInput(_encoding_message(path, name, line, encoding)) from None
            if not chunk:
                return
            line += text.count("\n")


def unclosed_quote(file: CsvFile) -> int | None:
    """The line where a quote opens that never closes, which a file cut in the middle has."""
    csv.field_size_limit(2**31 - 1)
    with file.readable.open(encoding="utf-8-sig", errors="replace", newline="") as source:
        reader = csv.reader(source, delimiter=file.delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                next(reader)
            except StopIteration:
                return None
            except csv.Error as error:
                if "unexpected end of data" in str(error):
                    return line


def ends_with_line_break(file: CsvFile) -> bool:
    """False where the last line may have been cut."""
    with file.readable.open("rb") as source:
        source.seek(-1, 2)
        return source.read(1) in (b"\n", b"\r")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        return _encoding_of(file.read(4))


def _encoding_of(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def _encoding_message(path: Path, name: str, line: int, encoding: str) -> str:
    if encoding == "utf-16":
        return f"{name}, line {line}: not valid UTF-16. Was the file cut? Export it again as UTF-8."
    return (
        f"{name}, line {line}: not UTF-8 (Latin-1 or Windows-1252?). Convert it: "
        f"iconv -f WINDOWS-1252 -t UTF-8 '{path.name}' > converted.csv"
    )


def as_utf8(path: Path, name: str, scratch: Path) -> Path:
    """The file itself, or a converted copy; DuckDB takes * ? [ in a path for a pattern."""
    path = _unpacked(path, name, scratch)
    number = len(list(scratch.iterdir()))
    if _encoding(path) == "utf-8":
        if not any(sign in str(path) for sign in "*?["):
            return path
        target = scratch / f"plain_{number}.csv"
        target.symlink_to(path.resolve())
        return target
    target = scratch / f"utf8_{number}.csv"
    try:
        with (
            path.open(encoding="utf-16", newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            while text := source.read(CHUNK_BYTES):
                sink.write(text)
    except UnicodeError:
        raise BadInput(_encoding_message(path, name, 1, "utf-16")) from None
    return target


def _mixes_line_ends(path: Path) -> bool:
    """True unless all line breaks, within fields too, are LF or all are CRLF."""
    feeds = returns = pairs = 0
    with path.open("rb") as file:
        last = b""
        while chunk := file.read(CHUNK_BYTES):
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            last = chunk[-1:]
    return returns > 0 and not (feeds == returns == pairs)


def _first_record_text(file: TextIO) -> str:
    """The header's text, over several lines where a quoted name holds line breaks."""
    text = ""
    for _ in range(1000):
        line = file.readline(LONGEST_LINE_BYTES)
        text += line
        if not line or (text.strip() and text.count('"') % 2 == 0):
            break
    return text


def _split_header(
    text: str, known_columns: tuple[str, ...], delimiters: Iterable[str]
) -> tuple[str, tuple[str, ...]]:
    """The delimiter under which the header has the most known names, then the most names."""
    best: tuple[tuple[int, int], str, tuple[str, ...]] | None = None
    for delimiter in delimiters:
        names = next(csv.reader([text.strip("\r\n")], delimiter=delimiter), [])
        header = tuple(name.strip() for name in names)
        rank = (sum(name.lower() in known_columns for name in header), len(header))
        if best is None or rank > best[0]:
            best = (rank, delimiter, header)
    assert best is not None
    return best[1], best[2]


def _refuse_twins(name: str, header: tuple[str, ...], known_columns: tuple[str, ...]) -> None:
    """A name that stands twice is a fault where somebody reads it."""
    seen: set[str] = set()
    for column in header:
        if column.lower() in seen and column.lower() in known_columns:
            raise BadInput(
                f"{name}: the column `{column}` stands twice in the header, and which is meant "
                "nobody can say. Rename one of them."
            )
        seen.add(column.lower())


def _open(path: Path, name: str) -> BinaryIO:
    """The content's bytes, unpacked where the name says that it is packed."""
    if suffix_of(name).endswith(".gz"):
        return cast(BinaryIO, gzip.open(path))
    return path.open("rb")


@contextlib.contextmanager
def _unpacking(name: str) -> Iterator[None]:
    """Turn what is wrong with a packed file into a message."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BadInput(
            f"{name} can't be unpacked. Was it cut while it was copied? Export it again."
        ) from None


def _unpacked(path: Path, name: str, scratch: Path) -> Path:
    if not suffix_of(name).endswith(".gz"):
        return path
    target = scratch / f"unpacked_{len(list(scratch.iterdir()))}.csv"
    with _unpacking(name), _open(path, name) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, CHUNK_BYTES)
    return target
