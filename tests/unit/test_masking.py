"""What DuckDB says of a value never reaches a message; all else that it says does."""

import duckdb
import pytest

from orchestration.base.errors import BadInput, Blocked
from orchestration.base.masking import engine_message, trace, without_emails

CANARY = "Planted O'Person"


def complaint(sql: str, value: str = CANARY) -> str:
    with duckdb.connect() as connection:
        connection.execute("create table people (name varchar, n integer primary key)")
        connection.execute("insert into people values (?, 1)", [value])
        with pytest.raises(duckdb.Error) as told:
            connection.execute(sql).fetchall()
    return str(told.value)


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        (
            "select cast(name as integer) from people",
            "to INT32 when casting from source column name",
        ),
        ("select cast(name as date) from people", "Conversion Error: invalid date field format:"),
        ("select cast(name || '\n' || name as integer) from people", "Could not convert string"),
        ("select strptime(name, '%Y') from people", "Could not parse string"),
        ("select json_extract(name, '$.a') from people", "Malformed JSON"),
        ("insert into people values ('x', 1)", "Constraint Error: Duplicate key"),
    ],
)
def test_a_quoted_value_is_not_shown(sql, kept):
    said = complaint(sql)
    message = engine_message(said)
    assert kept in message
    for word in ("Planted", "Person", "n: 1"):
        assert word not in message
    if "Constraint" not in kept:
        assert "Planted" in said, "the engine no longer quotes; this case tests nothing"


@pytest.mark.parametrize(
    ("value", "column"),
    [(CANARY, "b"), (f'"{CANARY}\nError when converting, 2 ""lines"""', "b")],
)
def test_a_line_of_a_file_is_not_shown(tmp_path, value, column):
    (tmp_path / "file.csv").write_text(f"a,b\n1,{value}\n")
    said = complaint(
        f"select * from read_csv('{tmp_path}/file.csv', columns = {{'a': 'INT', 'b': 'INT'}})"
    )
    assert "Planted" in said
    message = engine_message(said)
    assert "Planted" not in message and "lines" not in message
    assert "CSV Error on Line: " in message and f"column {column}" in message


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("select naem from people", 'Referenced column "naem" not found'),
        ("select * from peple", "Table with name peple does not exist"),
        ("selec 1", 'syntax error at or near "selec"'),
        ("insert into people values ('x', null)", "NOT NULL constraint failed: people.n"),
        (
            "set lock_configuration = true; set memory_limit = '1GB'",
            'Cannot change configuration option "memory_limit"',
        ),
    ],
)
def test_what_is_said_of_the_sql_stays(sql, kept):
    assert kept in engine_message(complaint(sql))


def test_an_error_for_people_holds_no_address():
    for kind in (BadInput, Blocked):
        assert str(kind("accounts.csv: row of zoe.b+x@mail.example.org, line 3")) == (
            "accounts.csv: row of (personal), line 3"
        )
    assert without_emails("a (ö@ü.example) 'b@c' b@ @c 3 @ 4") == (
        "a ((personal)) '(personal)' b@ @c 3 @ 4"
    )


def test_a_traceback_says_where_and_quotes_no_value():
    with duckdb.connect() as connection:
        try:
            try:
                connection.execute(f"select cast('{CANARY.replace(chr(39), '')}' as integer)")
            except duckdb.Error as error:
                raise RuntimeError("a fault of ours, for zoe@example.org") from error
        except RuntimeError as error:
            text = trace(error)
    assert "test_masking.py" in text and "RuntimeError: a fault of ours, for (personal)" in text
    assert "Conversion" in text and "which led to" in text
    messages = [line for line in text.splitlines() if not line.startswith("    ")]
    assert "Planted" not in "\n".join(messages)
