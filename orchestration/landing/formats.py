"""Which files are read, by their names; which are another format than they say; which are none.

No engine is imported here: the scan asks before anything else.
"""

import fnmatch
from pathlib import Path, PurePosixPath

from orchestration.base.errors import BadInput

CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
JSON = (".jsonl", ".ndjson", ".json")
PARQUET = (".parquet",)
SUFFIXES = (*CSV, *JSON, *PARQUET)
READABLE = "CSV (.csv, .csv.gz, .tsv), JSON (.jsonl, .ndjson, .json) and Parquet (.parquet)"

# What desktops and spreadsheet programs leave beside files.
STRAYS = ("thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", "._*", "~$*", ".~lock.*#")

_REMEDIES = {
    (".xlsx", ".xlsm", ".xls", ".ods"): "Save the sheet as CSV (UTF-8), one file a sheet",
    (".zip", ".7z", ".tar", ".rar", ".bz2", ".xz", ".zst"): "Unpack it and land what it holds",
    (".gz",): "Unpack it (`gunzip <file>`); of compressed files only .csv.gz and .tsv.gz are read",
    (".txt",): "Name it .csv (or .tsv) if it has a header line and one row a line",
    (".xml", ".html", ".htm"): "Export it as CSV",
    (".avro", ".orc", ".feather", ".arrow"): "Convert it to Parquet",
    (".sqlite", ".db", ".duckdb", ".sql"): "Export each table as CSV or Parquet",
}
# The first bytes of formats, and what they are called.
_BEGINNINGS = {
    b"PK\x03\x04": ("a spreadsheet or a zip archive", "Save the sheet as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": ("an Excel file (.xls)", "Save the sheet as CSV (UTF-8)"),
    b"%PDF": ("a PDF", "Export it as CSV"),
    b"\x1f\x8b": ("compressed", "Name it .csv.gz, or unpack it"),
    b"PAR1": ("Parquet", "Name it .parquet"),
    b"SQLite format 3": ("a database", "Export each table as CSV"),
}


def suffix_of(path: str) -> str:
    """The ending that says the format, `.csv.gz` whole; empty where none is known."""
    return max((end for end in SUFFIXES if path.lower().endswith(end)), key=len, default="")


def without_suffix(path: str) -> str:
    """The path without the ending that says its format."""
    known = suffix_of(path)
    return path[: -len(known)] if known else path.rsplit(".", 1)[0]


def is_stray(path: str) -> bool:
    """Whether a file of this name is none that somebody landed."""
    name = PurePosixPath(path).name.lower()
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in STRAYS)


def refusal(file: Path) -> str:
    """What to do with a file that no reader takes."""
    ending = file.suffix.lower()
    remedies = [text for endings, text in _REMEDIES.items() if ending in endings]
    remedy = remedies[0] if remedies else "Convert it, or take it away"
    return f"{file}: this format is not read. {remedy}. What is read: {READABLE}."


def refuse_disguised(path: Path, name: str) -> None:
    """Stop at a file that is another format than its name says, by its first bytes."""
    suffix = suffix_of(name)
    if suffix in PARQUET:
        return  # its own reader says so
    with path.open("rb") as file:
        start = file.read(512)
    for beginning, (what, remedy) in _BEGINNINGS.items():
        if start.startswith(beginning) and not (suffix.endswith(".gz") and what == "compressed"):
            raise BadInput(f"{name} is {what}, whatever its name says. {remedy}.")
    if start.lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise BadInput(f"{name} is a web page or XML, whatever its name says. Export it as CSV.")
