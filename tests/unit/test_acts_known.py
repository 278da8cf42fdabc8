"""What acts are checked against: the version that readers see, its persons, and the settings."""

import json
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from orchestration.acts.known import Cta, read_known
from orchestration.base.errors import BadInput
from orchestration.base.layout import CURRENT
from orchestration.base.settings import PROJECT_ROOT, Settings
from orchestration.publishing.versions import DATABASE
from tests.support.landing import CompanyFolder

ACCOUNTS = (
    "create table marts.dim_accounts as select unnest(['0009', '0010', 'gone']) as account_id"
)
HEALTH = (
    "create table marts.fct_account_health as from (values ('0009', true, true), "
    "('0010', true, false), ('gone', false, true)) as health (account_id, is_latest, is_scored)"
)
CTAS = (
    "create table marts.fct_ctas as from (values "
    "('late:2026-01-11:0009', '0009', 'late', 'open', null, null), "
    "('late:2025-06-01:0009', '0009', 'late', 'closed', date '2025-07-06', 'condition_gone'), "
    "('manual:a:0009', '0009', null, 'open', null, null), "
    "('manual:b:0009', '0009', null, 'closed', date '2025-07-06', 'closed_by_a_person')"
    ") as ctas (cta_id, account_id, rule_id, status, closed_on, close_reason)"
)
STEPS = (
    "create table marts.fct_cta_steps as select 'late:2026-01-11:0009' as cta_id, "
    "unnest(['second', 'first']) as step_id, unnest([2, 1]) as step_order"
)
STAFF = "create table restricted.restricted_staff as select 'csm_1' as staff_id"


def publish(settings: Settings, *tables: str) -> None:
    """A version v1 with these tables; readers see it."""
    paths = settings.paths("acme")
    for shelf, schema in ((paths, "marts"), (paths.restricted, "restricted")):
        folder = shelf.versions / "v1"
        folder.mkdir(parents=True)
        with duckdb.connect(str(folder / DATABASE)) as connection:
            connection.execute(f"create schema {schema}")
            for table in tables:
                if f" {schema}." in table:
                    connection.execute(table)
    (paths.versions / "v1" / "manifest.json").write_text(json.dumps({"as_of_date": "2026-01-31"}))
    (paths.state / "layout.json").write_text(json.dumps({"layout": CURRENT}))
    paths.current.symlink_to("versions/v1")


@pytest.fixture
def acme(tmp_path):
    """A company and settings; nothing is published yet."""
    folder = CompanyFolder(tmp_path)
    return folder, Settings(tmp_path / "state", tmp_path / "published", folder.folder)


def known(acme):
    folder, settings = acme
    return read_known(settings, settings.paths("acme"), folder.company)


def test_everything_that_an_act_may_name_is_read(acme):
    publish(acme[1], ACCOUNTS, HEALTH, CTAS, STEPS, STAFF)
    found = known(acme)
    assert (found.as_of, found.is_by_run_date) == (date(2026, 1, 31), False)
    assert found.accounts == {"0009", "0010", "gone"}
    assert found.absent == {"gone"} and found.unscored == {"0010"}
    assert found.staff == {"csm_1"}
    cta = Cta("late:2026-01-11:0009", "0009", ("first", "second"))
    assert found.ctas[cta.cta_id] == replace(cta, open_instead=cta.cta_id)
    over, by_hand = found.ctas["late:2025-06-01:0009"], found.ctas["manual:b:0009"]
    assert (over.status, over.closed_on) == ("closed", date(2025, 7, 6))
    assert (over.close_reason, over.open_instead) == ("condition_gone", cta.cta_id)
    assert (by_hand.close_reason, by_hand.open_instead) == ("closed_by_a_person", None)
    catalogue = (PROJECT_ROOT / "seeds" / "catalogue" / "modules.csv").read_text().splitlines()
    assert list(found.modules) == [line.split(",")[0] for line in catalogue[1:]]


def test_what_a_company_does_not_have_is_no_error(acme):
    publish(acme[1], ACCOUNTS, HEALTH)
    found = known(acme)
    assert found.ctas is None and found.staff == frozenset()


def test_before_the_first_refresh_there_is_nothing_to_act_on(acme):
    with pytest.raises(BadInput, match="Nothing has been published yet"):
        known(acme)
