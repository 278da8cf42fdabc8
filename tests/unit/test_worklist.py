"""The day's work: who has what, in an order that helps, safe to open, and never sent twice."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from orchestration.acts.worklist import FIELDS, as_csv, as_json, read_work_list, write_files
from orchestration.acts.worklist_messages import (
    MOST_OWNERS,
    MOST_PER_OWNER,
    build,
    send_work_list,
)
from orchestration.base.errors import BadInput
from orchestration.base.settings import Secrets, Settings, load_settings
from orchestration.company.company import hash_of_settings, load_company
from orchestration.company.config import AlertFile, Webhook
from orchestration.publishing.versions import DATABASE
from tests.support.landing import CompanyFolder
from tests.support.sinks import WebSink

AS_OF = "2026-01-31"
MARTS = """
create schema marts;
create table marts.dim_accounts (account_id varchar, account_name varchar);
insert into marts.dim_accounts values ('a', '=cmd()'), ('b', 'Brick, and Sons');
create table marts.fct_account_health
    (account_id varchar, is_latest boolean, score double, band varchar);
insert into marts.fct_account_health values
    ('a', true, 38.04, 'unhealthy'), ('a', false, 90, 'healthy'), ('b', true, null, 'fair');
create table marts.fct_cta_steps
    (cta_id varchar, step_id varchar, step varchar, step_order integer, done_on date);
insert into marts.fct_cta_steps values
    ('late', 'second', 'Call them', 2, null), ('late', 'third', 'Agree', 3, null),
    ('late', 'first', 'Look', 1, '2026-01-30');
create table marts.fct_ctas
    (cta_id varchar, account_id varchar, owner varchar, owner_kind varchar, status varchar,
     kind varchar, severity varchar, module_id varchar, evidence varchar, opened_on date,
     days_open integer, due_on date, escalation_level varchar, playbook_id varchar);
"""
CTA = "insert into marts.fct_ctas values (?, ?, ?, 'person', ?, 'risk', ?, 'commercial', ?, ?, 9, ?, 'owner', 'late_payment')"  # noqa: E501
OPENED = date(2026, 1, 22)


def cta(name, account="a", owner="csm_1", status="open", severity="high", due=date(2026, 2, 10)):
    return (name, account, owner, status, severity, f"{name}: 42 days", OPENED, due)


CTAS = (
    cta("low", severity="low", due=None),
    cta("late", severity="medium", due=date(2026, 1, 30)),
    cta("today", severity="medium", due=date(2026, 1, 31)),
    cta("urgent", "b", severity="urgent"),
    cta("high"),
    cta("asleep", status="snoozed"),
    cta("over", status="closed"),
    cta("other", "b", owner="csm_2"),
    cta("nobodys", "b", owner=None),
)


@pytest.fixture
def paths(tmp_path):
    """A published version with calls to action."""
    return publish(tmp_path, CTAS)


def publish(root, ctas):
    paths = Settings(root / "state", root / "published", root / "acme").paths("acme")
    folder = paths.versions / "v1"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute(MARTS)
        connection.execute("begin")
        connection.executemany(CTA, ctas)
        connection.execute("commit")
    (folder / "manifest.json").write_text(json.dumps({"as_of_date": AS_OF}))
    paths.current.symlink_to("versions/v1")
    return paths


def test_what_is_overdue_comes_first_then_what_is_severe(paths):
    work = read_work_list(paths, "acme")
    names = {owner: [row["cta_id"] for row in rows] for owner, rows in work.by_owner.items()}
    assert names == {
        "csm_1": ["late", "urgent", "high", "today", "low"],
        "csm_2": ["other"],
        "": ["nobodys"],
    }
    assert (work.as_of, work.resting) == (AS_OF, 1)
    late = work.rows[0]
    assert (late["is_overdue"], late["next_step_id"], late["next_step"]) == (
        *(True, "second", "Call them"),
    )
    assert (late["score"], late["band"], work.rows[1]["score"]) == (38.0, "unhealthy", None)
    assert not work.rows[3]["is_overdue"]  # due on the date itself


def test_the_csv_is_safe_to_open(paths):
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(read_work_list(paths, "acme"))))))
    assert list(rows[0]) == ["as_of_date", *FIELDS]
    assert rows[0]["account_name"] == "'=cmd()" and rows[1]["account_name"] == "Brick, and Sons"
    assert rows[0]["due_on"] == "2026-01-30" and rows[4]["due_on"] == ""
    assert {row["as_of_date"] for row in rows} == {AS_OF}


def test_the_json_has_the_same_by_owner(paths):
    told = json.loads(as_json(read_work_list(paths, "acme")))
    assert (told["company_id"], told["as_of_date"], told["resting_count"]) == ("acme", AS_OF, 1)
    assert [owner["owner"] for owner in told["owners"]] == ["csm_1", "csm_2", None]
    assert told["owners"][0]["ctas"][0]["due_on"] == "2026-01-30"
    assert told["owners"][0]["ctas"][0]["account_name"] == "=cmd()"


def test_one_owners_part(paths):
    work = read_work_list(paths, "acme")
    assert [row["cta_id"] for row in work.of("csm_2").rows] == ["other"]
    with pytest.raises(BadInput, match="did you mean `csm_1`"):
        work.of("cms_1")


def test_files_are_the_same_when_written_again(paths, tmp_path):
    work = read_work_list(paths, "acme")
    written = write_files(work, tmp_path)
    assert [file.name for file in written] == [
        *(f"worklist_acme_{AS_OF}.csv", f"worklist_acme_{AS_OF}.json")
    ]
    before = [file.read_bytes() for file in written]
    assert [file.read_bytes() for file in write_files(work, tmp_path)] == before
    odd = replace(work, owner="../x y")
    assert {file.parent for file in write_files(odd, tmp_path)} == {tmp_path}
    with pytest.raises(BadInput, match="no such folder"):
        write_files(work, tmp_path / "missing")


def test_without_calls_to_action_the_message_says_what_to_do(tmp_path):
    paths = publish(tmp_path, CTAS)
    with duckdb.connect(str(paths.versions / "v1" / DATABASE)) as connection:
        connection.execute("drop table marts.fct_ctas")
    with pytest.raises(BadInput, match="no calls to action"):
        read_work_list(paths, "acme")
    paths.current.unlink()
    with pytest.raises(BadInput, match="Nothing has been published yet"):
        read_work_list(paths, "acme")


# Messages


def test_a_message_names_the_account_the_fact_and_the_next_step(paths):
    message = build("Acme", read_work_list(paths, "acme"))
    assert message.subject == "Acme: 7 calls to action as of 2026-01-31, 1 overdue"
    assert message.text.splitlines()[2:4] == [
        "csm_1: 5, 1 overdue",
        "  medium, =cmd() (a): late: 42 days; was due 2026-01-30; next: Call them",
    ]
    assert "With nobody: 1" in message.text and "1 more rest until" in message.text


def test_a_message_stays_readable_however_much_there_is(tmp_path):
    many = [cta(f"c{n}", owner=f"csm_{n % 40:02d}") for n in range(4000)]
    work = read_work_list(publish(tmp_path, many), "acme")
    text = build("Acme", work).text
    assert len(text) < 20_000 and len(text.splitlines()) < MOST_OWNERS * (MOST_PER_OWNER + 3) + 8
    assert "  … and 95 more" in text and "… and 2800 calls to action of 28 more owners" in text


def test_nothing_is_sent_twice(paths):
    sink, work = WebSink(), read_work_list(paths, "acme")
    with sink.running():
        channels = [Webhook(kind="webhook", url=sink.url)]

        def sending(work):
            (what,) = send_work_list(paths, "Acme", channels, Secrets(), work).values()
            return what

        assert sending(work) == "sent 7"
        assert sending(work) == "nothing new"
        later = [*work.rows, {**work.rows[0], "cta_id": "new"}]
        assert sending(replace(work, rows=tuple(later))) == "sent 1"
        assert sending(replace(work, as_of="2026-02-01")) == "sent 7"  # another day's list
    assert [post["cta_count"] for _, post in sink.posts] == [7, 1, 7]
    keys = [headers["Idempotency-Key"] for headers, _ in sink.posts]
    assert len(set(keys)) == 3
    assert [post["event"] for _, post in sink.posts] == keys


def test_a_channel_that_is_down_gets_the_same_message_later(paths):
    sink, work = WebSink(), read_work_list(paths, "acme")
    channels = [Webhook(kind="webhook", url=sink.url), AlertFile(kind="file", path="work.jsonl")]
    with sink.running():
        sink.status = 503
        first = send_work_list(paths, "Acme", channels, Secrets(), work)
        assert [what.split(":")[0] for what in first.values()] == ["not sent", "sent 7"]
        assert "very-secret" not in str(first)
        sink.status = 200
        again = send_work_list(paths, "Acme", channels, Secrets(), work)
        assert list(again.values()) == ["sent 7", "nothing new"]
    assert len({headers["Idempotency-Key"] for headers, _ in sink.posts}) == 1
    assert len((paths.state / "work.jsonl").read_text().splitlines()) == 1


def test_addresses_in_names_do_not_leave(paths):
    work = read_work_list(paths, "acme")
    named = replace(work, rows=({**work.rows[0], "account_name": "ada@example.org"},))
    assert "ada@" not in build("Acme", named).text


# Settings


def test_work_lists_have_channels_and_secrets_of_their_own(tmp_path):
    folder = CompanyFolder(tmp_path)
    before = hash_of_settings(folder.folder)
    settings = {"id": "acme", "name": "Acme", "reporting_currency": "EUR"}
    folder.settings({**settings, "worklists": [{"kind": "webhook"}]})
    assert [channel.kind for channel in load_company(folder.folder).worklists] == ["webhook"]
    assert hash_of_settings(folder.folder) == before  # who is told changes no table
    folder.settings({**settings, "worklists": [{"kind": "webhook", "url": "ftp://secret"}]})
    with pytest.raises(BadInput) as caught:
        load_company(folder.folder)
    assert "worklists.0" in str(caught.value) and "secret" not in str(caught.value)
    environment = {"HEALTH_WEBHOOK_URL": "https://a", "HEALTH_WORKLIST_WEBHOOK_URL": "https://w"}
    secrets = load_settings({**environment, "HEALTH_WORKLIST_WEBHOOK_TOKEN": "t"}).secrets
    assert (secrets.webhook_url, secrets.of_worklists.webhook_url) == ("https://a", "https://w")
    assert (secrets.of_worklists.webhook_token, "https" in repr(secrets)) == ("t", False)
