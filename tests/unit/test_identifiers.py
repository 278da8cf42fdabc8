"""Ids of company.yml and scorecards name tables, columns and folders: each is checked."""

import csv
from pathlib import Path

import pytest
import yaml

from orchestration.base.errors import BadInput, HealthError
from orchestration.base.settings import PROJECT_ROOT
from orchestration.company.company import load_company
from orchestration.publishing.published_tables import Table, quoted
from orchestration.scorecards.lint import lint_scorecards
from orchestration.scorecards.tables import TABLES

STARTER = PROJECT_ROOT / "seeds" / "scorecards"
HOSTILE = (
    "x'); drop table marts.fct_account_health; --",
    'x"; attach \'/tmp/a\' as b; --',
    "../../etc",
    "/tmp/x",
    "x/y",
    "x\ny",
    "x\n",
    "{{ env_var('HOME') }}",
    "x y",
    ".x",
    "X",
    "x" * 300,
)  # fmt: skip
ID_COLUMNS = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.kind == "id"
]


def test_every_column_that_holds_an_id_is_read_as_one():
    named = {(t.name, c.name) for t in TABLES.values() for c in t.columns if c.name.endswith("_id")}
    assert named == set(ID_COLUMNS)


@pytest.mark.parametrize("hostile", HOSTILE[:-1])
@pytest.mark.parametrize(("table", "column"), ID_COLUMNS)
def test_an_id_of_the_scorecards_that_is_more_than_a_name_is_refused(
    tmp_path: Path, table: str, column: str, hostile: str
):
    for path in STARTER.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = tmp_path / f"{table}.csv"
    with changed.open(newline="") as file:
        rows = list(csv.DictReader(file))
        fields = [each.name for each in TABLES[table].columns]
    rows = rows or [dict.fromkeys(fields, "")]
    rows[0][column] = hostile
    with changed.open("w", newline="") as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows(rows)
    errors = lint_scorecards(tmp_path, PROJECT_ROOT / "seeds" / "catalogue").errors
    assert any(error.startswith(f"{table}.csv") and column in error for error in errors), errors


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_company_id_that_is_more_than_a_name_is_refused(tmp_path: Path, hostile: str):
    settings = {"id": hostile, "name": "Acme", "reporting_currency": "EUR"}
    (tmp_path / "company.yml").write_text(yaml.safe_dump(settings))
    with pytest.raises(BadInput, match="field `id`"):
        load_company(tmp_path)


@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_publishing_quotes_no_name_that_is_more_than_a_name(hostile: str):
    with pytest.raises(HealthError, match="can't be the name"):
        quoted(Table(hostile).name)
