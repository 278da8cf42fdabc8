"""The pages: no dead link, nothing published that no page explains, nothing named that is not."""

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

sys.path.insert(0, str(Path(__file__).parent))
from project_files import DBT, DOCS, ROOT, models, short, tracked, unit_tests

from orchestration.cli import app
from orchestration.company.tables import raw_tables
from orchestration.pages import indicator_page, marts_page, restricted_page, staging_properties
from tests.support.pages import commands

LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def headings(page: Path) -> set[str]:
    """Anchors of a page, as its readers' sites make them from its headings."""
    found: set[str] = set()
    for line in FENCE.sub("", page.read_text(encoding="utf-8")).splitlines():
        if line.startswith("#"):
            text = re.sub(r"[`*]", "", line.lstrip("#").strip()).lower()
            found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def test_no_link_is_dead():
    dead = []
    for page in tracked(".md"):
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            aim = (page.parent / path).resolve() if path else page
            if not aim.exists():
                dead.append(f"{short(page)}: {target}: there is no such file")
            elif anchor and anchor not in headings(aim):
                dead.append(f"{short(page)}: {target}: there is no such heading")
    assert not dead, "\n".join(dead)


@pytest.mark.parametrize("page", tracked(".md"), ids=short)
def test_a_command_that_a_page_names_exists(page):
    """Within sentences and tables; what stands in blocks is run by tests/integration."""
    for words in commands(page):
        program, *arguments = shlex.split(words)
        if program == "make":
            done = subprocess.run(
                ["make", "--dry-run", *arguments], cwd=ROOT, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{words}: {done.stderr}"
            stated = {name for name, equals, _ in (a.partition("=") for a in arguments) if equals}
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            known = set(re.findall(r"^(\w+) \?=", makefile, re.MULTILINE))
            assert stated <= known, f"{words}: {sorted(stated - known)}"
        else:
            command = typer.main.get_command(app)
            while arguments and hasattr(command, "commands") and arguments[0] != "--help":
                name = arguments.pop(0)
                assert name in command.commands, f"{words}: there is no {name}"
                command = command.commands[name]
            options = {"--help"} | {name for one in command.params for name in one.opts}
            said = {a.partition("=")[0] for a in arguments if a.startswith("--") and a != "--"}
            assert said <= options, f"{words}: {sorted(said - options)}"


def test_every_page_of_the_docs_is_reached_from_the_index():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [page for page in tracked(".md", DOCS) if page.name != "README.md"]
    # Files of shared descriptions are read by dbt, not by people.
    pages = [page for page in pages if not page.read_text(encoding="utf-8").startswith("{% docs")]
    assert [page.name for page in pages if f"({page.name}" not in index] == []


def test_the_staging_models_properties_follow_from_the_raw_tables():
    for name, text in staging_properties.files().items():
        written = (staging_properties.STAGING / name).read_text(encoding="utf-8")
        assert written == text, f"{name} is not what `make docs` writes"


@pytest.mark.parametrize("generator", [indicator_page, marts_page, restricted_page])
def test_a_generated_page_is_what_its_generator_writes(generator):
    written = generator.PAGE.read_text(encoding="utf-8")
    assert written == generator.page(), f"{short(generator.PAGE)} is old: run `make docs`"


def test_the_indicators_of_the_index_are_what_its_generator_writes():
    written = indicator_page.INDEX.read_text(encoding="utf-8")
    assert written == indicator_page.index(), "docs/README.md is old: run `make docs`"
    assert "`none`" not in written, "an indicator has no unit test"


def test_every_mart_column_is_explained():
    shared = marts_page.shared_descriptions()
    silent = [
        f"{model['name']}.{column['name']}"
        for model in marts_page.mart_models()
        for column in model["columns"]
        if len(marts_page.meaning(column, shared)) < 5
    ]
    assert not silent, silent
    page = (DOCS / "marts.md").read_text(encoding="utf-8")
    absent = [name for name in published_models() if f"## {name}\n" not in page]
    assert not absent, absent


def published_models() -> list[str]:
    return [path.stem for path in tracked(".sql", DBT / "models" / "marts")]


def test_every_indicator_stands_in_the_index_with_a_test_and_its_page():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    problems = []
    for indicator in indicators():
        name = indicator["indicator_id"]
        rows = [line for line in index.splitlines() if line.startswith(f"| [{name}](")]
        if len(rows) != 1:
            problems.append(f"{name}: {len(rows)} rows")
            continue
        page = f"module-{indicator['module_id'].replace('_', '-')}.md"
        if f"]({page})" not in rows[0] or f"indicators.md#{name})" not in rows[0]:
            problems.append(f"{name}: its row does not lead to {page} and indicators.md")
        if f"`{name}`" not in (DOCS / page).read_text(encoding="utf-8"):
            problems.append(f"{name}: {page} does not explain it")
    assert not problems, "\n".join(problems)


def test_the_index_names_what_exists():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    tests = {test["name"] for _, test in unit_tests()}
    columns = {f"{m.name}.{column['name']}" for m in models() for column in m.columns}
    columns |= {f"health_<segment_id>.{name}" for name, _, _ in marts_page.ACCOUNT_COLUMNS}
    problems = []
    for word in re.findall(r"`([^`]+)`", index):
        looks_like_a_test = re.match(r"(int|fct|dim)_\w+__?\w+$", word) and "." not in word
        if looks_like_a_test and word not in tests | {model.name for model in models()}:
            problems.append(f"`{word}` is neither a unit test nor a model")
        is_column = re.match(r"(fct|dim|quality|refresh|health)_[\w<>]+\.\w+$", word)
        if is_column and word not in columns:
            problems.append(f"`{word}` is no column")
        if word.startswith("tests/") and not (ROOT / word).exists():
            problems.append(f"`{word}` does not exist")
    assert not problems, "\n".join(problems)


def test_the_raw_tables_are_listed_as_they_are_declared():
    lines = (DOCS / "company.md").read_text(encoding="utf-8").splitlines()
    rows = {line.split("`")[1]: line for line in lines if line.startswith("| `")}
    problems = []
    for table in raw_tables().values():
        row = rows.get(table.name, "")
        if f"| {table.kind} |" not in row:
            problems.append(f"{table.name}: no row, or another kind than {table.kind}")
        listed = row.split("|")[4] if row.count("|") >= 5 else ""
        for column in table.columns:
            shown = f"**`{column.name}`**" if column.is_required else f"`{column.name}`"
            if not re.search(rf"(?:^|; )\s*{re.escape(shown)}(?:;| |$)", listed.strip()):
                problems.append(f"{table.name}.{column.name}: not listed as {shown}")
        for name in re.findall(r"(?:^|; )\**`(\w+)`", listed.strip()):
            if name not in {column.name for column in table.columns}:
                problems.append(f"{table.name}.{name}: not declared")
    assert not problems, "\n".join(problems)


def test_every_quarantine_rule_is_explained():
    page = (DOCS / "quarantine.md").read_text(encoding="utf-8")
    declared = (DBT / "models" / "staging" / "_raw_tables.yml").read_text(encoding="utf-8")
    rules = set(re.findall(r"\brule: (\w+)", declared))
    assert rules, "the rules are declared elsewhere now"
    assert sorted(rule for rule in rules if f"`{rule}`" not in page) == []


def indicators() -> list[dict[str, str]]:
    path = ROOT / "seeds" / "catalogue" / "indicators.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
