"""The role for readers: SELECT on one company's marts, and nothing else, on a real Postgres."""

import subprocess

import pytest

from orchestration.base.settings import PROJECT_ROOT
from tests.support.postgres import Postgres, cluster, is_installed

SCRIPT = PROJECT_ROOT / "deploy" / "postgres" / "reader_role.sql"
NAMES = {"schema": "marts_acme", "reader": "health_reader", "writer": "health_refresh"}

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="no Postgres server here (Debian: apt-get install postgresql)"
)


def make_role(postgres: Postgres, **names: str) -> None:
    options = [f"--set={name}={value}" for name, value in {**NAMES, **names}.items()]
    postgres.psql(*options, "-f", str(SCRIPT), database="warehouse")


@pytest.fixture(scope="module")
def postgres():
    """Two companies' marts, the build's own schemas, and a reader who may sign in."""
    with cluster() as running:
        running.psql("-c", "create role health_refresh login", "-c", "create role ada login")
        running.psql("-c", "create database warehouse owner health_refresh")
        for schema in ("marts_acme", "marts_other", "staging", "restricted"):
            running.psql(
                *("-c", f"create schema {schema}"),
                *("-c", f"create table {schema}.facts as select 1 as score"),
                user="health_refresh",
                database="warehouse",
            )
        make_role(running)
        make_role(running)  # twice is once
        running.psql("-c", "grant health_reader to ada")
        yield running


def as_ada(postgres: Postgres, sql: str) -> str:
    return postgres.psql("-c", sql, user="ada", database="warehouse")


def test_the_reader_reads_the_marts_and_what_later_refreshes_add(postgres):
    assert as_ada(postgres, "select score from marts_acme.facts") == "1"
    postgres.psql(
        *("-c", "create table marts_acme.later as select 2 as score"),
        *("-c", "create view marts_acme.seen as select score from marts_acme.later"),
        user="health_refresh",
        database="warehouse",
    )
    assert as_ada(postgres, "select score from marts_acme.later") == "2"
    assert as_ada(postgres, "select score from marts_acme.seen") == "2"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from marts_other.facts",
        "select * from staging.facts",
        "select * from restricted.facts",
        "insert into marts_acme.facts values (2)",
        "update marts_acme.facts set score = 0",
        "delete from marts_acme.facts",
        "truncate marts_acme.facts",
        "drop table marts_acme.facts",
        "alter table marts_acme.facts add column x int",
        "create table marts_acme.mine as select 1",
        "create table public.mine as select 1",
        "create schema mine",
        "create temporary table mine as select 1",
        "create role mine",
        "copy marts_acme.facts to '/tmp/facts'",
        "select pg_read_file('/etc/passwd')",
        "set role health_refresh",
    ],
)
def test_the_reader_can_do_nothing_else(postgres, sql):
    with pytest.raises(subprocess.CalledProcessError) as told:
        as_ada(postgres, sql)
    assert "permission denied" in told.value.stderr or "must be " in told.value.stderr


def test_who_has_not_been_given_the_role_can_not_even_connect(postgres):
    postgres.psql("-c", "create role eve login")
    with pytest.raises(subprocess.CalledProcessError) as told:
        postgres.psql("-c", "select 1", user="eve", database="warehouse")
    assert "permission denied for database" in told.value.stderr


def test_names_are_quoted(postgres):
    hostile = 'x"; drop schema staging cascade; --'
    with pytest.raises(subprocess.CalledProcessError) as told:
        make_role(postgres, schema=hostile)
    assert "does not exist" in told.value.stderr
    make_role(postgres, reader=hostile)
    roles = postgres.psql("-c", "select rolname from pg_roles where rolname like 'x%'")
    assert roles == hostile
    assert postgres.psql("-c", "select score from staging.facts", database="warehouse") == "1"
