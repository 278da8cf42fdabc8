"""A mart as CSV: whole, in order, and nothing in it that a spreadsheet would run."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from orchestration.base.build_files import published_file
from orchestration.base.errors import BadInput
from orchestration.base.lock import claim
from orchestration.publishing.export import cell, export_mart, whole_file
from orchestration.publishing.publish import Publication, audit, write_version
from orchestration.publishing.published_tables import Table
from orchestration.publishing.versions import switch
from tests.support.publication import company_paths

COLUMNS = ("account_id", "place", "account_name", "score", "amount", "is_scored", "on_day")
COLUMNS += ("noted_at",)


@pytest.fixture
def paths(tmp_path):
    """One published mart with everything that a cell can hold, its rows in no order."""
    paths = company_paths(tmp_path)
    build = paths.build_file("r1")
    build.parent.mkdir(parents=True)
    with duckdb.connect(str(published_file(build, "marts"))) as connection:
        connection.execute("create schema marts; create schema restricted")
        connection.execute("create table restricted.restricted_staff as select 'Planted' as name")
        connection.execute("""
            create table marts.dim_accounts as select * from (values
                ('b', 1, '=cmd|'' /C calc''!A0', -12.5::double, -3.2500::decimal(18, 4), true,
                    date '2025-01-31', timestamp '2025-01-31 10:00:00'),
                ('a', 2, 'Zoë "Z"; ltd,' || chr(10) || 'two lines', 1e-7::double, null, false,
                    null, null),
                ('a', 1, '-5', null, 0.0000::decimal(18, 4), null, null, null),
                ('c', -1, '', 100.0::double, 12.0000::decimal(18, 4), true, null, null)
            ) as t(account_id, place, account_name, score, amount, is_scored, on_day, noted_at)
        """)
    audit(build)
    claim(paths.token, "r1")
    tables = (Table("dim_accounts", COLUMNS, ("account_id", "place")),)
    started = datetime(2025, 3, 1, tzinfo=UTC)
    write_version(paths, build, Publication("r1", "acme", started, "0", "f", 1, tables=tables))
    switch(paths, "r1")
    return paths


def exported(paths, mart="dim_accounts") -> str:
    sink = io.StringIO()
    export_mart(paths, mart, sink)
    return sink.getvalue()


def test_rows_come_by_the_key_with_their_types(paths):
    assert exported(paths) == (
        '"account_id","place","account_name","score","amount","is_scored","on_day","noted_at"\n'
        '"a",1,"\'-5",,0.0000,,,\n'
        '"a",2,"Zoë ""Z""; ltd,\ntwo lines",1e-07,,false,,\n'
        '"b",1,"\'=cmd|\' /C calc\'!A0",-12.5,-3.2500,true,2025-01-31,2025-01-31T10:00:00\n'
        '"c",-1,"",100.0,12.0000,true,,\n'
    )
    read = list(csv.DictReader(io.StringIO(exported(paths), newline="")))
    assert [row["account_name"] for row in read][1] == 'Zoë "Z"; ltd,\ntwo lines'
    assert sum(float(row["score"] or 0) for row in read) == pytest.approx(87.5)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49 30 1234", "-1", "-", "@SUM(A1)", "\t=1",
     "\r=1", "\n=1", " =1", "\0=1", "\uff1d1", "\uff20a"],
)  # fmt: skip
def test_a_text_that_may_be_a_formula_is_escaped(text):
    assert cell(text) == "\"'" + text + '"'


@pytest.mark.parametrize("text", ["", "a=b", "a-b", "1-2", "'=1", "zoe + sam", "§ 4", " a"])
def test_other_texts_stay(text):
    assert cell(text) == f'"{text}"'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-1, "-1"),
        (-0.5, "-0.5"),
        (Decimal("-12.3400"), "-12.3400"),
        (True, "true"),
        (None, ""),
        (date(2025, 1, 2), "2025-01-02"),
    ],
)
def test_numbers_and_dates_stay_what_they_are(value, written):
    assert cell(value) == written


@pytest.mark.parametrize(
    "mart",
    ["restricted_staff", "restricted.restricted_staff", "dim_account", 'x"; drop table a; --', ""],
)
def test_nothing_but_marts_is_exported(paths, mart):
    with pytest.raises(BadInput, match="is no published mart") as told:
        exported(paths, mart)
    assert ("Did you mean dim_accounts?" in str(told.value)) == (mart == "dim_account")


def test_without_a_version_it_says_what_to_do(tmp_path):
    with pytest.raises(BadInput, match="health refresh"):
        exported(company_paths(tmp_path))


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("before")
    with pytest.raises(OSError, match="full"), whole_file(target) as sink:
        sink.write("half")
        raise OSError("disk is full")
    assert target.read_text() == "before" and list(tmp_path.iterdir()) == [target]
    with whole_file(target) as sink:
        sink.write("a\n")
    assert target.read_bytes() == b"a\n"
