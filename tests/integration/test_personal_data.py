"""Persons are planted in every column and in every kind of fault; what a refresh writes holds none.

Left out of the search: the archived loads, their Parquet and the audited build, which keep what was
landed, and `restricted`, which is for them. All lie in the state, which only its owner can open.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.base.errors import BadInput
from orchestration.base.failures import as_health_error
from orchestration.base.progress import Progress
from orchestration.base.settings import PROJECT_ROOT, Settings, exported
from orchestration.refresh import Refresh
from tests.support.canaries import COMMENT, EMAIL, NAME, WORDS, found_in, found_in_text, quoted

SETTINGS = """\
id: aviary
name: Aviary
reporting_currency: EUR
tables: {tables}
"""
ALERTS = """\
alerts:
  - {kind: webhook}
  - {kind: email, to: [ops@nest.example], sender: health@nest.example, server: 127.0.0.1, port: 9,
     user: health}
"""
SECRETS = {
    "HEALTH_WEBHOOK_URL": "http://127.0.0.1:9/hook/pl4nted_url",
    "HEALTH_WEBHOOK_TOKEN": "pl4nted_token",
    "HEALTH_SMTP_PASSWORD": "pl4nted_password",  # pragma: allowlist secret
}
NAMED, SAID = quoted(NAME), quoted(COMMENT)
# Beside good rows of each table: rows that break a rule, lines that no reader can split, and values
# that slipped into a column of numbers or dates.
LANDED = {
    "accounts": "account_id,name,created_at,csm_id,currency\n"
    + "".join(f"{n},Account {n},2024-01-0{n},s1,EUR\n" for n in range(1, 7)),
    "staff": f"staff_id,name,team\ns1,{NAMED},Care\ns2,Sam,Care\ns3,{NAMED},Care,{EMAIL}\n",
    "users": "user_id,account_id,email,role,is_active,created_at,notes\n"
    f"u1,1,{EMAIL},admin,true,2024-02-01,{SAID}\n"
    f"{EMAIL},2,{EMAIL},admin,true,2024-02-01,\n"
    f"{EMAIL},nobody,{EMAIL},admin,true,2024-02-01,\n"
    f"u3,1,{EMAIL},admin,{NAMED},2024-02-01,\n"
    f"u4,1,{EMAIL},admin,true,{EMAIL},\n"
    f"u5,1,{EMAIL},{NAMED},true,2024-02-01,{SAID},too,many\n",
    "contacts": "contact_id,account_id,user_id,name,email,role,started_at\n"
    f"c1,1,u1,{NAMED},{EMAIL},sponsor,2024-02-01\n"
    f"c2,{NAMED.strip(chr(34))},u1,{NAMED},{EMAIL},sponsor,2024-02-01\n".replace(
        f"c2,{NAME},", f"c2,for {EMAIL},"
    )
    + f"c3,1,u1,{NAMED},{EMAIL},sponsor,{NAMED}\n",
    "survey_responses": "response_id,account_id,contact_id,survey,sent_at,responded_at,score,"
    "scale_max,comment\n"
    f"r1,1,c1,nps,2025-01-02,2025-01-03,9,10,{SAID}\n"
    f"r2,2,c1,nps,2025-01-02,2025-01-03,11,10,{SAID}\n"
    f"r3,2,c1,nps,2025-01-02,2025-01-03,{SAID},10,\n"
    f"r4,2,c1,nps,2025-01-02,2025-01-03,{SAID}\n",
    "subscriptions": "subscription_id,account_id,plan,seats,amount,currency,billing_period,"
    "started_on\n"
    "b1,1,pro,5,100,EUR,year,2024-02-01\n"
    f"b2,2,pro,{NAMED},100,EUR,year,2024-02-01\n"
    f"b3,3,pro,5,{EMAIL},EUR,year,2024-02-01\n"
    f"b4,4,pro,5,100,EUR,year,{SAID}\n",
    "csm_assessments": "assessment_id,account_id,kind,score,scale_max,reason,author,assessed_at,"
    "expires_at\n"
    f"a1,1,score_override,70,100,{SAID},{NAMED},2025-01-05T10:00:00Z,2025-02-05T10:00:00Z\n"
    f"a2,2,score_override,70,100,{SAID},{NAMED},2025-01-05T10:00:00Z,\n",
    "cta_actions": "action_id,account_id,action,assignee,reason,author,acted_at\n"
    f"x1,1,note,{NAMED},{SAID},{NAMED},2025-01-05T10:00:00Z\n"
    f"x2,1,note,{NAMED},{SAID},{EMAIL},{NAMED}\n",
    "usage_events": "event_id,account_id,user_id,action,occurred_at\n"
    + "".join(
        f"e{n},{n % 6 + 1},{EMAIL},open,2025-01-{n % 28 + 1:02d}T10:00:00Z\n" for n in range(60)
    ),
}


class Aviary:
    """A company folder, and a place for all that the program may write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.company = root / "company"
        self.out = root / "out"
        (self.company / "landed").mkdir(parents=True)
        for name in ("state", "published", "temporary"):
            (self.out / name).mkdir(parents=True)
        self.limits({table: "{quarantine_limit_ratio: 1}" for table in LANDED})
        for table, text in LANDED.items():
            self.land(f"{table}.csv", text)

    def limits(self, tables: dict[str, str]) -> None:
        listed = ", ".join(f"{name}: {limits}" for name, limits in tables.items())
        (self.company / "company.yml").write_text(SETTINGS.format(tables=f"{{{listed}}}"))

    def land(self, name: str, text: str) -> None:
        (self.company / "landed" / name).write_text(text)

    @property
    def settings(self) -> Settings:
        return Settings(self.out / "state", self.out / "published", self.company)

    @property
    def left_out(self) -> list[Path]:
        state = self.settings.paths("aviary").state
        return [state / name for name in ("files", "raw", "audited", "restricted")]

    def health(self, *arguments: str) -> subprocess.CompletedProcess:
        """The program in a process of its own; all that it says lands in a file, too."""
        done = subprocess.run(
            [sys.executable, "-m", "orchestration.cli", *arguments, "--company", self.company],
            cwd=PROJECT_ROOT,
            env={
                **os.environ,
                "STATE_DIR": str(self.out / "state"),
                "PUBLISHED_DIR": str(self.out / "published"),
                "TMPDIR": str(self.out / "temporary"),
                **SECRETS,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        number = len(list(self.out.glob("said_*")))
        (self.out / f"said_{number}").write_text(done.stdout + done.stderr)
        return done

    def found(self) -> list[str]:
        generated = self.settings.paths("aviary").for_dbt
        return found_in([self.out, generated], self.left_out)


@pytest.fixture(scope="module")
def aviary(tmp_path_factory) -> Aviary:
    """Refreshed once, well."""
    made = Aviary(tmp_path_factory.mktemp("aviary"))
    done = made.health("refresh")
    assert done.returncode == 0, done.stderr[-3000:]
    return made


def test_a_refresh_writes_no_person_but_where_persons_belong(aviary):
    assert aviary.found() == []


def test_the_persons_were_landed_and_the_search_finds_them(aviary):
    state = aviary.settings.paths("aviary").state
    for folder in aviary.left_out:
        words = {line.rsplit(": ", 1)[1] for line in found_in([folder])}
        assert words == set(WORDS), f"{folder.name} holds {words}"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_every_planted_fault_was_met(aviary):
    import duckdb

    database = aviary.settings.paths("aviary").current / "customer_health.duckdb"
    with duckdb.connect(str(database), read_only=True) as marts:
        met = marts.execute(
            "select source_table, rule, value from marts.quality_quarantine order by all"
        ).fetchall()
    masked_name, masked_comment = (
        "xxxxxxxxx xxxxxxxxx",
        'xxxxxxxxxx; xxx xxxxxxxx\'x "xxxx" xxxxx xxxx',
    )
    masked_email = "(masked)"
    assert met == [
        ("contacts", "unknown_account", "for (masked)"),
        ("contacts", "unreadable_timestamp", masked_name),
        ("csm_assessments", "override_without_expiry", None),
        ("cta_actions", "unreadable_timestamp", masked_name),
        ("staff", "malformed_line", "more fields than the header"),
        ("subscriptions", "unreadable_date", masked_comment),
        ("subscriptions", "unreadable_integer", masked_name),
        ("subscriptions", "unreadable_money", masked_email),
        ("survey_responses", "malformed_line", "fewer fields than the header"),
        ("survey_responses", "outside_its_scale", "11"),
        ("survey_responses", "unreadable_decimal", masked_comment),
        ("users", "malformed_line", "more fields than the header"),
        ("users", "unknown_account", "nobody"),
        ("users", "unreadable_boolean", masked_name),
        ("users", "unreadable_timestamp", masked_email),
    ]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("staff.csv", f"s1,{NAMED},{EMAIL}\ns2,{SAID},{EMAIL}\n", "names missing"),
        ("staff.csv", f"staff_id,{EMAIL},{NAMED},{NAMED}\ns1,a,b,c\n", "stands twice"),
        ("tickets.csv", "ticket_id,account_id,kind,priority,status,opened_at\n"
         + "".join(f"t{n},1,bug,low,new,{NAMED}\n" for n in range(5)), "xxxxxxxxx xxxxxxxxx"),
        ("users.csv", f'user_id,account_id,email\nu1,1,"{EMAIL}\n', "never closes"),
        ("mapping/staff.sql", "select cast(name as integer) as staff_id, name from landed.contacts",
         "Could not convert string (value not shown) to INT32"),
        ("mapping/staff.sql", "select strptime(name, '%Y') as staff_id, name from landed.contacts",
         "Could not parse string"),
        ("mapping/staff.sql", "select error('no such person: ' || name) as staff_id, name "
         "from landed.contacts", "its error() says: no such person:  …"),
        ("mapping/users.sql", "select user_id, account_id from landed.users",
         "landed/users.csv: 1 lines can't be read"),
    ],
    ids=lambda value: value if "\n" not in value and len(value) < 30 else "",
)  # fmt: skip
def test_a_refusal_shows_no_person(aviary, tmp_path, file, text, said):
    company = tmp_path / "company"
    shutil.copytree(aviary.company, company)
    target = company / (file if "/" in file else f"landed/{file}")
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    lines: list[str] = []
    settings = Settings(tmp_path / "state", tmp_path / "published", company)
    with (
        pytest.raises(BadInput, match=re.escape(said)) as told,
        Refresh(settings, company, progress=Progress(lines.append)) as refresh,
    ):
        refresh.open()
        refresh.check()
    assert found_in_text("\n".join([*lines, *map(str, chain(told.value))])) == []
    assert found_in([tmp_path], [company]) == []


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that a log would show with it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_secrets_of_the_environment_are_written_nowhere(aviary):
    """A refresh that fails, and whose alerts fail, knows them all and says none."""
    settings, table = aviary.company / "company.yml", aviary.company / "landed" / "staff.csv"
    before = settings.read_text(), table.read_text()
    try:
        settings.write_text(before[0] + ALERTS)
        table.write_text("no such column\n1\n")
        done = aviary.health("refresh", "--json")
        tested = aviary.health("alert", "--test")
    finally:
        settings.write_text(before[0])
        table.write_text(before[1])
    assert done.returncode == 2 and "webhook" in done.stderr, done.stderr
    assert tested.returncode == 1 and "email" in tested.stdout + tested.stderr, tested.stderr
    assert found_in([aviary.out], words=("pl4nted",)) == []


# A failing check and a failing model, over the small project


def planted(world) -> list[Path]:
    """Persons in the raw zone; what may hold them."""
    (world.root / "company" / "landed" / "contacts.csv").write_text(LANDED["contacts"])
    (world.root / "company" / "landed" / "staff.csv").write_text(LANDED["staff"])
    (world.root / "company" / "company.yml").write_text(
        (world.root / "company" / "company.yml").read_text()
        + "tables: {contacts: {quarantine_limit_ratio: 1}}\n"
    )
    state = world.paths.state
    kept = [state / name for name in ("files", "raw", "audited", "restricted")]
    return [world.root / "company", *kept]


PEOPLE = "select * from {{ source('raw', 'contacts') }}\n"
SHOWING = """\
{{ config(meta={'owner': 'the test'}) }}
select account_id, email, name, name as made_up, 7 as row_count
from {{ ref('stg_people') }}
"""
QUOTING = "select cast(name as integer) as n from {{ source('raw', 'staff') }}\n"


@pytest.mark.parametrize("fault", ["check", "model"])
@pytest.mark.parametrize("runner", ["command line", "Dagster"])
def test_a_failing_check_or_model_shows_no_person(world, tmp_path, fault, runner):
    left_out = planted(world)
    project = world.settings.dbt_project_dir
    if fault == "check":
        (project / "models" / "staging" / "stg_people.sql").write_text(PEOPLE)
        (project / "tests" / "stg_people_are_shown.sql").write_text(SHOWING)
    else:
        (project / "models" / "staging" / "stg_quotes.sql").write_text(QUOTING)
    said: list[str] = []
    if runner == "Dagster":
        said.append(run_under_dagster(world, tmp_path / "home"))
    else:
        with pytest.raises(Exception, match=r"stg_people_are_shown|stg_quotes") as error:
            world.refresh(lines=said)
        said.append(str(as_health_error(error.value)))
    shown = "\n".join(said)
    expected = "name=(personal), made_up=(personal), row_count=7"
    assert (expected if fault == "check" else "Could not convert string") in shown
    assert found_in_text(shown) == []
    assert found_in([world.root, tmp_path], [*left_out, world.root / "company"]) == []


def run_under_dagster(world, home: Path) -> str:
    """The job as the web interface runs it, its history kept in files."""
    import dagster as dg

    from orchestration.dagster.definitions import build_defs

    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with exported({"DAGSTER_HOME": str(home)}), dg.DagsterInstance.get() as instance:
        definitions = build_defs(world.root / "company", settings=world.settings)
        result = definitions.resolve_job_def("refresh").execute_in_process(
            instance=instance, raise_on_error=False
        )
        assert not result.success
        return "\n".join(
            str(entry.user_message) + str(entry.dagster_event)
            for entry in instance.all_logs(result.run_id)
        )


def test_the_generated_documentation_holds_no_person(aviary, tmp_path):
    from dbt.cli.main import dbtRunner

    from orchestration.base.settings import dbt_environment
    from orchestration.warehouse.build import close_duckdb

    paths = aviary.settings.paths("aviary")
    project = str(PROJECT_ROOT / "dbt_project")
    command = ["docs", "generate", "--static", "--project-dir", project, "--profiles-dir", project]
    command += ["--target", "dev", "--target-path", str(tmp_path / "target")]
    command += ["--log-path", str(tmp_path / "logs"), "--log-level", "none"]
    try:
        with exported(dbt_environment(paths)):
            outcome = dbtRunner().invoke(command)
    finally:
        close_duckdb()
    assert outcome.success, outcome.exception
    assert (tmp_path / "target" / "static_index.html").stat().st_size > 1_000_000
    assert found_in([tmp_path]) == []
