"""The repository as a whole: one reader of the environment, nothing of anybody's machine."""

import ast
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project_files import ROOT, short, tracked, tracked_files

ENVIRONMENT = re.compile(r"os\.environ|os\.getenv|import environ|import getenv")
# Written in pieces, so that this file does not hold what it looks for.
MACHINE = re.compile(
    "|".join(
        [
            "/" + r"home/\w",
            "/" + r"Users/\w",
            "/" + r"root/\w",
            r"(?<![\w.])/" + r"work/\w",
            r"[A-Z]:\\" + "Users",
        ]
    )
)
INDEX_HOSTS = re.compile(
    "|".join(
        [
            r"pypi" + r"\.org",
            r"pythonhosted" + r"\.org",
            r"npmjs" + r"\.(org|com)",
            r"hub\.getdbt" + r"\.com",
            r"index-" + r"url\s*=",
            r"extra-index-" + r"url",
        ]
    )
)
BINARY = {".parquet", ".duckdb", ".png"}


def texts():
    for path in tracked_files():
        if path.suffix not in BINARY:
            yield path, path.read_text(encoding="utf-8", errors="replace")


def test_the_environment_is_read_in_one_place():
    allowed = ROOT / "orchestration" / "base" / "settings.py"
    bad = [
        short(path)
        for path in tracked(".py", ROOT / "orchestration")
        if path != allowed and ENVIRONMENT.search(path.read_text(encoding="utf-8"))
    ]
    assert not bad, bad


def test_no_file_names_a_folder_of_somebodys_machine():
    bad = [
        f"{short(path)}: {found[0]}" for path, text in texts() if (found := MACHINE.search(text))
    ]
    assert not bad, "\n".join(bad)


def test_no_file_names_a_package_index():
    bad = []
    for path, text in texts():
        for found in INDEX_HOSTS.finditer(text):
            bad.append(f"{short(path)}: {found[0]}")
    assert not bad, "\n".join(bad)


# Functions that open DuckDB and run none but their own words, each with the reason.
OPEN = {
    "publishing/publish.py: audit": "brings the build to rest",
    "warehouse/basis.py: _copy": "drops schemas of a copy of the last build",
    "base/build_files.py: stamp": "notes of which refresh a file is",
    "landing/reader.py: connect": "hands the connection to those who shut it in",
}


def test_every_connection_is_shut_in():
    found = set()
    for path in tracked(".py", ROOT / "orchestration"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                calls = {ast.unparse(c.func) for c in ast.walk(node) if isinstance(c, ast.Call)}
                opens = calls & {"duckdb.connect", "reader.connect"}
                if opens and not calls & {"shut_in", "lockdown.shut_in", "_lock"}:
                    name = path.relative_to(ROOT / "orchestration").as_posix()
                    found.add(f"{name}: {node.name}")
    assert found == set(OPEN), "shut it in (orchestration/base/lockdown.py), or say here why not"


def test_every_python_module_says_what_belongs_in_it():
    bad = []
    for path in tracked(".py"):
        text = path.read_text(encoding="utf-8").lstrip()
        if text and not text.startswith(('"""', '#!/usr/bin/env python3\n"""')):
            bad.append(short(path))
    assert not bad, bad


def test_no_lock_brings_the_grammar_that_makes_dbt_slow_to_import():
    """jsonschema builds it at import, where it is there: see pyproject.toml on overrides."""
    bad = [
        lock
        for lock in ("requirements.lock", "requirements-dev.lock")
        if re.search(r"^rfc3987-syntax\b", (ROOT / lock).read_text(), re.MULTILINE)
    ]
    assert not bad, bad
