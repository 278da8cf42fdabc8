"""The data test of keys finds what grouping by the key finds, whatever number stands for a key."""

import duckdb
import jinja2
import pytest

from orchestration.base.settings import PROJECT_ROOT

FILE = PROJECT_ROOT / "dbt_project" / "tests" / "generic" / "unique_key.sql"
ROWS = """(select * from (values
    (1, 'a', null), (1, 'a', null), (1, 'b', null), (2, null, 'x'), (2, null, 'x'), (3, null, 'y'),
    (null, 'c', 'z'), (null, null, null), (4, 'd', 'q'), (4, 'd', 'q'), (4, 'd', 'r')
) as v (a, b, c)) as tested"""
NUMBERS = {
    "of the key": lambda values: f"hash({', '.join(values)})",
    "the same for many keys": lambda values: f"hash({values[0]})",
    "the same for all": lambda values: "1",
}


def failing(columns: list[str], nullable: list[str], number: str) -> list[tuple[object, ...]]:
    text = FILE.read_text(encoding="utf-8").replace("{% test ", "{% macro ")
    text = text.replace("{% endtest %}", "{% endmacro %}")
    environment = jinja2.Environment()
    environment.globals["number_of_values"] = NUMBERS[number]
    query = environment.from_string(text).module.unique_key(ROWS, columns, nullable)
    return sorted(duckdb.sql(query).fetchall(), key=str)


def grouped(columns: list[str], nullable: list[str]) -> list[tuple[object, ...]]:
    key = ", ".join(columns)
    nulls = "".join(f" or {c} is null" for c in columns if c not in nullable)
    query = f"select {key}, count(*) from {ROWS} group by {key} having count(*) > 1{nulls}"
    return sorted(duckdb.sql(query).fetchall(), key=str)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("nullable", [[], ["b"], ["b", "c"], ["a", "b", "c"]])
@pytest.mark.parametrize("columns", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_it_finds_repeated_keys_and_those_with_a_null(columns, nullable, number):
    assert failing(columns, nullable, number) == grouped(columns, nullable) != []


def test_every_key_is_counted_in_its_own_row():
    found = failing(["a", "b"], ["b"], "the same for all")
    assert found == [(1, "a", 2), (2, None, 2), (4, "d", 3), (None, "c", 1), (None, None, 1)]
