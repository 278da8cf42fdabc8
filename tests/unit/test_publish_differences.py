"""A version that shares files with an earlier one shows what one that shares none would show."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.base.build_files import published_file
from orchestration.base.errors import Blocked
from orchestration.base.files import file_hash, write_json
from orchestration.base.lock import claim
from orchestration.publishing import content, version_check
from orchestration.publishing.parquet_files import parts_of
from orchestration.publishing.publish import Publication, audit, write_version
from orchestration.publishing.published_tables import Table
from orchestration.publishing.rollback import roll_back
from orchestration.publishing.versions import names, prune, switch
from tests.support.publication import company_paths

HEALTH, COVERAGE, LEDGER = "fct_account_health", "fct_coverage", "fct_published_scores"
TABLES = (
    Table("dim_accounts", (), ("account_id",)),
    Table("dim_segments", (), ("segment_id",)),
    Table(HEALTH, ("account_id", "as_of_date", "score"), ("account_id", "as_of_date")),
    Table(COVERAGE, (), ("as_of_date", "segment_id")),
    Table(LEDGER, (), ("account_id", "as_of_date", "refresh_id")),
    Table("quality_sources", (), ("refresh_id", "source_table")),
    Table("refresh_log", (), ("refresh_id",)),
)
FIRST_DAY = date(2025, 3, 3)


@pytest.fixture
def paths(tmp_path):
    return company_paths(tmp_path)


def build_of(path: Path, day: date, *sql: str) -> Path:
    """What a build knows on a day: a score a week for each of 40 accounts since January 2024.

    Those of the day's month depend on the day: late rows move them. What came later `sql` says.
    """
    published = published_file(path, "marts")
    published.parent.mkdir(parents=True, exist_ok=True)
    published.unlink(missing_ok=True)
    with duckdb.connect(str(published)) as connection:
        connection.execute(f"""
            create schema marts;
            create table marts.dim_accounts as
                select 'a' || a as account_id, a * 10 + {day.month} as seats from range(40) as t(a);
            create table marts.dim_segments as select 'all' as segment_id;
            create table marts.{HEALTH} as
                select
                    hash(a, d) % 1000 / 10.0
                    + (case when d >= date_trunc('month', date '{day}') then {day.day} else 0 end)
                        as score,
                    'a' || a as account_id,
                    cast(d as date) as as_of_date,
                    'starter' as scorecard_id,
                    1 as scorecard_version
                from range(40) as t(a),
                    range(date '2024-01-07', date '{day}', interval 7 day) as s(d);
            create table marts.{COVERAGE} as
                select as_of_date, 'all' as segment_id, sum(score) as scores
                from marts.{HEALTH} group by all;
            create table marts.{LEDGER} as
                select account_id, as_of_date, strftime(as_of_date, 'shown-%Y-%m') as refresh_id,
                    score, cast(null as varchar) as restates
                from marts.{HEALTH} where as_of_date < date_trunc('month', date '{day}');
            create table marts.quality_sources as
                select 'usage' as source_table, cast(null as varchar) as refresh_id,
                    {day.day} as row_count;
            create table marts.refresh_log (
                refresh_id varchar, status varchar, rows_published bigint
            );
        """)
        for statement in sql:
            connection.execute(statement)
    audit(path)
    return path


def publish(paths, refresh_id, build, **details):
    claim(paths.token, refresh_id)
    version = write_version(paths, build, publication(refresh_id, **details))
    switch(paths, refresh_id)
    return version


def publication(refresh_id, tables=TABLES, **details):
    started = datetime(2025, 3, 1, tzinfo=UTC)
    return Publication(refresh_id, "acme", started, "0", "f", 7, tables=tables, **details)


def day_after_day(paths, count, first=1):
    for number in range(first, first + count):
        day = FIRST_DAY + timedelta(days=number)
        build = build_of(paths.build_file(f"r{number:02}"), day)
        yield day, build, publish(paths, f"r{number:02}", build)


def shares_with(version) -> str | None:
    return version.manifest["shares_with"]


def shown(version) -> dict[str, list]:
    """All rows of all tables; the same from the Parquet files."""
    found = {}
    with duckdb.connect(str(version.database), read_only=True) as connection:
        tables = connection.execute(
            "select distinct table_name from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
        for (table,) in tables:
            found[table] = connection.execute(f"from marts.{table} order by all").fetchall()
            files = f"{version.folder}/parquet/{table}/**/*.parquet"
            in_files = connection.execute(
                "select * from read_parquet(?, hive_partitioning = false) order by all", [files]
            ).fetchall()
            assert in_files == found[table], table
    return found


def files_of(version) -> dict[str, str]:
    """Hashes of the Parquet files, but for those that name the refresh."""
    return {
        name: file_hash(version.folder / "parquet" / name)
        for name in version.manifest["parquet"]
        if not name.startswith(("quality_sources", "refresh_log"))
    }


def require_that_of(version, build, tmp_path, **details):
    """What readers see is what a version written anew from the same build would show."""
    assert version_check.damage(version.folder) == []
    other = company_paths(tmp_path / f"anew-{version.refresh_id}")
    anew = write_version(other, build, publication(version.refresh_id, **details))
    left, right = shown(version), shown(anew)
    earlier = left.pop("quality_sources")
    assert set(right.pop("quality_sources")) <= set(earlier)
    for log in (left.pop("refresh_log"), right.pop("refresh_log")):
        assert [row[:2] for row in log] == [(version.refresh_id, "published")]
    assert left == right
    assert files_of(version) == files_of(anew)  # to the last bit, whatever it was begun from
    assert version.manifest["content"] == anew.manifest["content"]


def test_ten_days_end_in_what_is_written_anew_and_link_what_did_not_change(paths, tmp_path):
    versions = []
    for _, build, version in day_after_day(paths, 10):
        versions.append(version)
        if len(versions) in (2, 10):
            require_that_of(version, build, tmp_path)
    assert [shares_with(each) for each in versions] == [
        None,
        *(each.refresh_id for each in versions[:-1]),
    ]
    before, last = (version.folder / "parquet" for version in versions[-2:])
    shared = {
        name for name in versions[-1].manifest["parquet"] if (before / name).samefile(last / name)
    }
    for fact in (HEALTH, COVERAGE):  # all months but this one
        assert len([name for name in shared if name.startswith(fact)]) == 14
    assert {name.split("/")[0] for name in shared} == {
        HEALTH,
        COVERAGE,
        LEDGER,
        "dim_accounts",
        "dim_segments",
    }
    sources = shown(versions[-1])["quality_sources"]
    assert sorted(refresh_id for _, refresh_id, _ in sources) == [f"r{n:02}" for n in range(1, 11)]


def test_a_key_with_the_date_and_something_else_makes_a_file_a_month():
    keys = {(): 0, ("account_id",): 0, ("as_of_date",): 0, ("segment_id", "as_of_date"): 2}
    now = content.Content("", {"2025-01": "1 a", "2025-02": "1 b"})
    for key, months in keys.items():
        parts = parts_of(Table("t", ("score",), key), now, content.ANEW)
        assert len([part for part in parts if "/as_of_month=" in part.name]) == months
        assert len(parts) == max(months, 1)


def test_months_of_many_rows_make_the_same_files_wherever_they_lie(paths, tmp_path):
    """Where a month begins in its table is nothing that a Parquet file should show."""
    score = "case month(d) when 1 then {} when 2 then {} else 0 end"
    rows = f"""create or replace table marts.{HEALTH} as
        select 'a' || a as account_id, cast(d as date) as as_of_date, {score} + a % 97 as score,
            'starter' as scorecard_id, 1 as scorecard_version
        from range(4500) as t(a),
            range(date '2025-01-01', date '2025-04-01', interval 1 day) as s(d)
        order by hash(a, d)"""
    for number, scores in enumerate(((0, 0), (1, 0), (1, 1)), 1):
        build = build_of(paths.build_file(f"r{number}"), FIRST_DAY, rows.format(*scores))
        version = publish(paths, f"r{number}", build)
    assert shares_with(version) == "r2"
    anew = write_version(company_paths(tmp_path / "anew"), build, publication("r3"))
    assert version.manifest["content"] == anew.manifest["content"]
    assert files_of(version) == files_of(anew)


def test_late_rows_deleted_ones_and_a_month_that_is_gone_change_their_months_alone(paths, tmp_path):
    (*_, (_, _, first)) = day_after_day(paths, 2)
    late = f"update marts.{HEALTH} set score = 1 where as_of_date = '2024-05-05'"
    gone = f"delete from marts.{LEDGER} where as_of_date = '2024-02-04' and account_id = 'a1'"
    forgotten = f"delete from marts.{HEALTH} where as_of_date < '2024-02-01'"
    build = build_of(paths.build_file("r03"), date(2025, 4, 2), late, gone, forgotten)
    version = publish(paths, "r03", build)
    assert shares_with(version) == "r02"
    require_that_of(version, build, tmp_path)
    changed = {
        name
        for name in version.manifest["parquet"]
        if name.startswith(HEALTH)
        and not (
            (first.folder / "parquet" / name).is_file()
            and (first.folder / "parquet" / name).samefile(version.folder / "parquet" / name)
        )
    }
    assert changed == {f"{HEALTH}/as_of_month={m}/part-0.parquet" for m in ("2024-05", "2025-03")}


def test_after_a_rollback_the_newest_version_is_shared_with_whatever_readers_see(paths, tmp_path):
    list(day_after_day(paths, 3))
    roll_back(paths, "r01", author="ada", reason="a test")
    ((_, build, version),) = day_after_day(paths, 1, first=4)
    assert shares_with(version) == "r03"
    require_that_of(version, build, tmp_path)


def test_after_a_rollback_and_pruning_an_older_version_does_as_well(paths, tmp_path):
    list(day_after_day(paths, 4))
    roll_back(paths, "r01", author="ada", reason="a test")
    assert prune(paths, keep=1) == ["r02", "r03"]
    shutil.rmtree(paths.versions / "r04")
    ((_, build, version),) = day_after_day(paths, 1, first=5)
    assert shares_with(version) == "r01"
    require_that_of(version, build, tmp_path)


def test_a_version_of_another_build_only_costs_work(paths, tmp_path):
    """Nothing is taken over because somebody says so: rows that differ are found and replaced."""
    list(day_after_day(paths, 2))
    other = [f"update marts.{HEALTH} set score = score + 1 where as_of_date < '2024-06-01'"]
    build = build_of(paths.build_file("r03"), FIRST_DAY + timedelta(days=3), *other)
    version = publish(paths, "r03", build)
    assert shares_with(version) == "r02"
    require_that_of(version, build, tmp_path)
    swapped = f"""update marts.{HEALTH} set score = case account_id
        when 'a1' then (select score from marts.{HEALTH} where account_id = 'a2'
            and as_of_date = '2024-01-07')
        else (select score from marts.{HEALTH} where account_id = 'a1'
            and as_of_date = '2024-01-07') end
        where as_of_date = '2024-01-07' and account_id in ('a1', 'a2')"""
    build = build_of(paths.build_file("r04"), FIRST_DAY + timedelta(days=3), *other, swapped)
    require_that_of(publish(paths, "r04", build), build, tmp_path)


@pytest.mark.parametrize(
    "sql",
    [
        f"alter table marts.{HEALTH} add column rating varchar default 'green'",
        f"alter table marts.{HEALTH} alter column scorecard_version type bigint",
        "alter table marts.dim_segments add column segment_name varchar default 'All'",
        "alter table marts.quality_sources add column lag integer default 3",
    ],
)
def test_a_table_whose_columns_changed_is_written_whole(paths, tmp_path, sql):
    list(day_after_day(paths, 2))
    build = build_of(paths.build_file("r03"), FIRST_DAY + timedelta(days=2), sql)
    version = publish(paths, "r03", build)
    require_that_of(version, build, tmp_path)
    table = sql.split()[2].removeprefix("marts.")
    assert shares_with(version) == "r02"
    changed = [name for name in version.manifest["parquet"] if name.startswith(table)]
    before, now = (paths.versions / name / "parquet" for name in ("r02", "r03"))
    assert changed and not any((before / name).samefile(now / name) for name in changed)
    assert len(shown(version)["quality_sources"]) == 3


def test_a_table_may_come_and_go_and_its_key_may_change(paths, tmp_path):
    list(day_after_day(paths, 1))
    day = FIRST_DAY + timedelta(days=1)
    new = "create table marts.dim_dates as select date '2025-03-01' as as_of_date, 1 as week"
    build = build_of(paths.build_file("r02"), day, new)
    tables = (*(t for t in TABLES if t.name != "dim_segments"), Table("dim_dates"))
    version = publish(paths, "r02", build, tables=tables)
    assert shares_with(version) == "r01" and "dim_segments" not in shown(version)
    require_that_of(version, build, tmp_path, tables=tables)
    by_seats = tuple(replace(t, key=("seats",)) if t.name == "dim_accounts" else t for t in tables)
    version = publish(paths, "r03", build, tables=by_seats)
    assert shares_with(version) == "r02"
    assert version.manifest["parquet"].keys() == version_files(version)
    require_that_of(version, build, tmp_path, tables=by_seats)


def test_a_deprecated_view_stands_in_a_copy_too_and_follows_its_table(paths, tmp_path):
    list(day_after_day(paths, 1))
    tables = (*TABLES, Table("dim_customers", is_view=True))
    for number, month, begun in ((2, 3, "r01"), (3, 3, "r02"), (4, 4, "r03")):
        build = build_of(
            paths.build_file(f"r{number:02}"),
            date(2025, month, 4),
            "create view marts.dim_customers as "
            "select account_id as customer_id, seats from marts_file.marts.dim_accounts",
        )
        version = publish(paths, f"r{number:02}", build, tables=tables)
        assert shares_with(version) == begun
        require_that_of(version, build, tmp_path, tables=tables)
    customers = "parquet/dim_customers/part-0.parquet"
    second, third, fourth = (paths.versions / f"r{n:02}" / customers for n in (2, 3, 4))
    assert second.samefile(third) and not third.samefile(fourth)


def version_files(version) -> set[str]:
    folder = version.folder / "parquet"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}


def spoil(path: Path) -> None:
    path.chmod(0o644)
    spoilt = bytearray(path.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    path.write_bytes(spoilt)


def test_a_damaged_version_is_not_shared_with(paths, tmp_path):
    list(day_after_day(paths, 2))
    spoil(paths.versions / "r02" / "customer_health.duckdb")
    ((_, build, version),) = day_after_day(paths, 1, first=3)
    assert shares_with(version) == "r01"
    require_that_of(version, build, tmp_path)


@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_a_damaged_month_is_written_again_instead_of_linked(paths, tmp_path, harm):
    list(day_after_day(paths, 1))
    name = f"parquet/{HEALTH}/as_of_month=2024-03/part-0.parquet"
    old = paths.versions / "r01" / name
    spoil(old) if harm == "changed" else old.unlink()
    ((_, build, version),) = day_after_day(paths, 1, first=2)
    assert shares_with(version) == "r01" and (version.folder / name).stat().st_nlink == 1
    require_that_of(version, build, tmp_path)


@pytest.mark.parametrize("what", ["format", "engine", "content"])
def test_a_version_of_another_release_is_not_shared_with(paths, tmp_path, what):
    list(day_after_day(paths, 1))
    path = paths.versions / "r01" / "manifest.json"
    manifest = json.loads(path.read_text())
    if what == "content":  # before there was any
        for name in ("format", "engine", "content", "shares_with"):
            del manifest[name]
    else:
        manifest[what] = "another"
    path.chmod(0o644)
    write_json(path, manifest)
    ((_, build, version),) = day_after_day(paths, 1, first=2)
    assert shares_with(version) is None
    require_that_of(version, build, tmp_path)
    assert len(shown(version)["quality_sources"]) == 2  # these are carried on all the same
    january = f"parquet/{HEALTH}/as_of_month=2024-01/part-0.parquet"
    assert (version.folder / january).samefile(paths.versions / "r01" / january)


def test_a_full_refresh_takes_nothing_over(paths, tmp_path):
    ((_, build, first),) = day_after_day(paths, 1)
    path = first.folder / "manifest.json"
    path.chmod(0o644)
    written = first.folder / f"parquet/{HEALTH}/as_of_month=2024-01/part-0.parquet"
    spoil(written)
    manifest = json.loads(path.read_text())
    manifest["parquet"][f"{HEALTH}/as_of_month=2024-01/part-0.parquet"] = file_hash(written)
    write_json(path, manifest)
    version = publish(paths, "r02", build, is_full=True)
    assert shares_with(version) is None
    require_that_of(version, build, tmp_path)


@pytest.mark.parametrize(
    "sql",
    [
        f"update marts.{HEALTH} set scorecard_id = 'a@b.org' where as_of_date > '2025-03-01'",
        "update marts.dim_segments set segment_id = 'a@b.org'",
        "update marts.quality_sources set source_table = 'a@b.org'",
    ],
)
def test_an_address_in_what_is_new_stops_publishing(paths, sql):
    list(day_after_day(paths, 1))
    build = build_of(paths.build_file("r02"), FIRST_DAY + timedelta(days=2), sql)
    with pytest.raises(Blocked, match=r"marts\.\w+\.\w+: \d+ rows"):
        publish(paths, "r02", build)
    assert names(paths) == ["r01"]


def test_only_what_is_new_is_searched_for_addresses(paths, monkeypatch):
    """The rest was searched when it was new: a pattern that finds everything tells how much."""
    at = f"update marts.{HEALTH} set scorecard_id = '@' where as_of_date in ('2024-03-03', '{{}}')"
    signs = at.format("2025-03-02")
    list(day_after_day(paths, 1))
    for refresh_id, day, rows in (("r02", 1, 80), ("r03", 2, 40)):  # then March 2025 alone is new
        build = build_of(paths.build_file(refresh_id), FIRST_DAY + timedelta(days=day), signs)
        with monkeypatch.context() as patch:
            patch.setattr("orchestration.publishing.personal.ADDRESS", ".")
            with pytest.raises(Blocked, match=rf"{HEALTH}\.scorecard_id: {rows} rows"):
                publish(paths, refresh_id, build)
        publish(paths, refresh_id, build)
