"""`health act`, and what the next refresh makes of it: shown once, through kills and rebuilds."""

import json
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.acts.record import act_on
from orchestration.base.settings import PROJECT_ROOT, Settings
from orchestration.landing.loads import read_loads
from orchestration.refresh import Outcome, Refresh
from orchestration.warehouse.verify import verify
from tests.support.canaries import COMMENT, NAME, found_in
from tests.support.program import health
from tests.support.states import begin_anew

KILLED = """
import os, signal, sys
from pathlib import Path
import orchestration.{module} as module
from tests.support.mini import World
module.{function} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
World(Path(sys.argv[1])).refresh()
"""
OVERRIDE = ("override", "a", "--band", "fair", "--until", "2025-03-15", "--reason", "a pilot")


def raw_acts(world) -> list[tuple]:
    with duckdb.connect(str(world.paths.audited_file), read_only=True) as connection:
        return connection.execute(
            "select account_id, kind, band, assessed_at::date::varchar, expires_at "
            "from raw.csm_assessments"
        ).fetchall()


RECORDED = [("a", "band_override", "fair", "2025-02-01", "2025-03-15")]


def act(world, *arguments: str, json_wanted: bool = False) -> subprocess.CompletedProcess:
    company = ("--company", str(world.root / "company"))
    return health(world, "act", *arguments, *company, *(["--json"] if json_wanted else []))


def test_an_act_is_new_input_for_one_refresh(world):
    done = act(world, *OVERRIDE, "--author", "csm_1")
    assert done.returncode == 0, done.stderr
    assert "a has the band fair until 2025-03-15" in done.stdout
    assert "counts from 2025-02-01 on" in done.stdout
    assert "csm_1" not in done.stdout and "pilot" not in done.stdout
    assert world.refresh().status == "published"
    assert raw_acts(world) == RECORDED
    assert world.refresh().status == "nothing_new"
    second = json.loads(act(world, *OVERRIDE, json_wanted=True).stdout)
    assert (second["status"], second["table"]) == ("recorded", "csm_assessments")
    assert second["counts_from"] == "2025-02-01"
    assert world.refresh().status == "published"
    assert len(raw_acts(world)) == 2
    world.paths.audited_file.unlink()  # everything again, from the archived loads
    world.use("next", ("c", "2025-02", 3))
    world.refresh()
    assert len(raw_acts(world)) == 2


@pytest.mark.parametrize(
    ("module", "function"), [("landing.archive", "archive"), ("publishing.versions", "switch")]
)
def test_a_killed_refresh_loses_no_act_and_doubles_none(world, module, function):
    assert act(world, *OVERRIDE).returncode == 0
    program = KILLED.format(module=module, function=function)
    killed = subprocess.run(
        [sys.executable, "-c", program, str(world.root)], cwd=PROJECT_ROOT, check=False
    )
    assert killed.returncode == -9
    assert world.refresh().status == "published"
    assert raw_acts(world) == RECORDED
    assert len(read_loads(world.paths.state.parent, "mini")) == 2


def test_a_bad_act_says_what_to_do_and_writes_nothing(world, tmp_path):
    wrong = [*OVERRIDE[:1], "A", *OVERRIDE[2:]]
    done = act(world, *wrong, json_wanted=True)
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert (told["status"], told["exit_code"]) == ("bad_input", 2)
    assert "no account `A` (did you mean `a`?)" in told["message"]
    closing = act(world, "close", "late:2025-01-01:a", "--reason", "paid")
    assert closing.returncode == 2 and "no calls to action" in closing.stderr
    without = act(world, "override", "a", "--band", "fair", "--reason", "r")
    assert without.returncode == 2 and "--until" in without.stderr
    assert not (world.paths.state / "acts").exists()
    assert world.refresh().status == "nothing_new"


def test_before_anything_was_published_there_is_nothing_to_act_on(world, tmp_path):
    world.paths.current.unlink()
    done = act(world, *OVERRIDE)
    assert done.returncode == 2 and "Nothing has been published yet" in done.stderr


# The real models, over a company of two accounts


class Small:
    """Two accounts with a few weeks of use, and a member of staff."""

    def __init__(self, root) -> None:
        self.root = root
        self.folder = root / "small"
        self.settings = Settings(root / "out" / "state", root / "out" / "published", self.folder)
        self.folder.mkdir()
        (self.folder / "company.yml").write_text(
            "id: small_acts\nname: Small\nreporting_currency: EUR\n"
        )

    def land(self, on: str, days_of_use: int, invoices: str = "") -> None:
        """A load of that day, with so many days of use since 1 February 2025."""
        landed = self.folder / "landed" / on
        landed.mkdir(parents=True)
        if invoices:
            header = "invoice_id,account_id,issued_on,due_on,paid_on,amount,currency\n"
            (landed / "invoices.csv").write_text(header + invoices)
        (landed / "accounts.csv").write_text(
            "account_id,name,created_at,employee_count\n001,A,2024-01-01,10\n002,B,2024-01-01,10\n"
        )
        (landed / "staff.csv").write_text("staff_id,name\ncsm_1,Staff\n")
        days = [date(2025, 2, 1) + timedelta(days=offset) for offset in range(days_of_use)]
        (landed / "usage_daily.csv").write_text(
            "account_id,user_id,used_on,events\n"
            + "".join(f"{account},u1,{day},5\n" for account in ("001", "002") for day in days)
        )

    @property
    def paths(self):
        return self.settings.paths("small_acts")

    def refresh(self) -> Outcome:
        return Refresh(self.settings).run()

    def act(self, make) -> str:
        return act_on(self.settings, self.folder, NAME, make)[0].act_id

    def marts(self, sql: str) -> list[tuple]:
        database = self.paths.current / "customer_health.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("small_acts")


@pytest.fixture
def small(workplace) -> Small:
    """Before its first refresh, and always in one place, for which dbt has parsed the project."""
    for folder in (workplace / "small", workplace / "out" / "published"):
        shutil.rmtree(folder, ignore_errors=True)
    begin_anew(workplace / "out" / "state" / "small_acts")
    return Small(workplace)


def test_the_next_refresh_shows_what_people_said(small):
    small.land("2025-03-31", 58)
    as_of = small.refresh().as_of_date
    until = str(date.fromisoformat(as_of) + timedelta(days=30))
    override = small.act(lambda desk, _: desk.override("001", "33", None, until, COMMENT))
    mistake = small.act(lambda desk, _: desk.override("002", None, "unhealthy", until, COMMENT))
    flag = small.act(lambda desk, _: desk.flag("002", "adoption", "red", COMMENT))
    small.act(lambda desk, _: desk.open("001", "adoption", COMMENT))
    small.act(lambda desk, standing: desk.clear(standing(mistake), COMMENT))
    assert small.refresh().as_of_date == as_of  # an act of today moves no date
    rows = small.marts(
        "select account_id, score, override_id, computed_score is not null "
        "from marts.fct_account_health where is_latest order by account_id"
    )
    assert rows[0] == ("001", 33.0, override, True)
    assert rows[1][2] is None
    assert small.marts(
        "select account_id, rating, flag_id from marts.fct_module_scores "
        f"where module_id = 'adoption' and as_of_date = date '{as_of}' and account_id = '002'"
    ) == [("002", "red", flag)]
    assert small.refresh().status == "nothing_new"
    assert verify(small.settings, small.folder).is_equal
    state = small.paths.state
    persons = [state / name for name in ("acts", "files", "raw", "audited", "restricted")]
    assert found_in([small.root / "out"], persons) == []
    assert found_in([state / "restricted"]) != []


def test_what_was_closed_between_two_dates_of_the_cadence_stays_closed(small):
    """Opened on Tuesday, 1 April; on Sunday its beginning is Sunday, and it keeps its name.

    An earlier one of the same rule and account ended on 2 March and is not meant.
    """
    paid = "i1,001,2024-12-01,2025-01-01,2025-02-20,100,EUR\n"
    unpaid = "i2,001,2025-02-01,2025-03-01,,100,EUR\n"
    small.land("2025-04-01", 60, paid + unpaid)
    assert small.refresh().as_of_date == "2025-04-01"
    cta = "late_payment:2025-04-01:001"
    small.act(lambda desk, _: desk.close(cta, COMMENT))
    small.land("2025-04-07", 65, paid + unpaid)
    assert small.refresh().as_of_date == "2025-04-06"
    assert small.marts(
        "select cta_id, status, close_reason, closed_on::varchar, last_action from marts.fct_ctas "
        "where rule_id = 'late_payment' order by opened_on"
    ) == [
        ("late_payment:2025-02-02:001", "closed", "condition_gone", "2025-03-02", None),
        (cta, "closed", "closed_by_a_person", "2025-04-01", "close"),
    ]
    assert small.marts("select * from marts.quality_cta_actions") == []
