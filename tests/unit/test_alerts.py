"""Who is told what, once: from the refresh log to a web server, a mail server and a file."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.alerts.events import failures
from orchestration.alerts.message import harmless
from orchestration.alerts.tell import Audience, Problem, send_test, tell
from orchestration.base.errors import BadInput
from orchestration.base.files import read_lines
from orchestration.base.settings import Secrets, Settings, load_settings
from orchestration.company.company import load_company
from orchestration.company.config import AlertFile, Email, Webhook
from orchestration.publishing import refresh_log
from tests.support.sinks import MailSink, WebSink

MONDAY = datetime(2026, 1, 5, 5, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "state", tmp_path / "published", tmp_path / "company")


def log(settings, refresh_id, at, status, message=""):
    refresh_log.append(
        settings.paths("a"),
        refresh_id=refresh_id,
        started_at=at,
        ended_at=at + timedelta(minutes=1),
        as_of_date="2026-01-04",
        status=status,
        message=message,
    )


def audience(*channels):
    return Audience("a", "A Ltd", channels or (AlertFile(kind="file"),))


def told(settings):
    return read_lines(settings.paths("a").state / "alerts_for_others.jsonl")


def test_a_failure_and_the_recovery_after_it_are_told_once_each(settings):
    log(settings, "r0", MONDAY - timedelta(days=1), "published")
    log(settings, "r1", MONDAY, "blocked", "1 check failed\n  example: account_id=7")
    tell(settings, audience())
    noted = settings.paths("a").alerts.read_text()
    tell(settings, audience())
    (first,) = told(settings)
    assert settings.paths("a").alerts.read_text() == noted
    assert first["event"] == "r1" and first["kind"] == "blocked"
    assert first["subject"] == "A Ltd: the refresh was blocked by a check"
    assert first["what"] == "1 check failed"
    assert first["since"] == "2026-01-05 05:01 UTC"
    assert first["readers"] == "They see nothing: no version has been published yet."
    assert "health acknowledge" in first["next_step"]

    log(settings, "r2", MONDAY + timedelta(days=1), "failed", "boom")
    log(settings, "r3", MONDAY + timedelta(days=2), "published")
    log(settings, "r4", MONDAY + timedelta(days=3), "published")
    tell(settings, audience())
    tell(settings, audience())
    second, third = told(settings)[1:]
    assert (second["event"], second["since"]) == ("r2", "2026-01-05 05:01 UTC (2 times in a row)")
    assert (third["event"], third["kind"]) == ("recovered-r3", "recovered")
    assert third["since"] == "it had failed since 2026-01-05 05:01 UTC (2 times)"


def test_a_refresh_that_finds_nothing_new_ends_a_failure_too(settings):
    log(settings, "r1", MONDAY, "bad_input", "no such file")
    tell(settings, audience())
    tell(settings, audience(), healthy_id="r2")
    tell(settings, audience(), healthy_id="r3")
    assert [line["event"] for line in told(settings)] == ["r1", "recovered-r2"]
    log(settings, "r4", datetime.now(UTC), "bad_input", "no such file")
    tell(settings, audience())
    assert told(settings)[-1]["since"].endswith("UTC"), "a new row of failures begins"


def test_failures_from_before_alerts_were_switched_on_are_not_told(settings):
    for day in range(3):
        log(settings, f"r{day}", MONDAY + timedelta(days=day), "failed", f"boom {day}")
    tell(settings, audience())
    assert [line["event"] for line in told(settings)] == ["r2"]


def test_the_same_failure_every_five_minutes_is_told_once_a_day():
    def entry(minutes, status="failed", message="boom"):
        at = (MONDAY + timedelta(minutes=minutes)).isoformat()
        return {"refresh_id": str(minutes), "ended_at": at, "status": status, "message": message}

    entries = [entry(minutes) for minutes in range(0, 24 * 60, 5)]
    assert [event.key for event in failures(entries, [])] == ["0", "1200"]
    entries = [entry(0), entry(5, message="other"), entry(10, "published"), entry(15)]
    assert [(event.key, event.times) for event in failures(entries, [])] == [
        ("0", 1), ("5", 2), ("15", 1),
    ]  # fmt: skip
    assert list(failures([entry(0, "interrupted")], [])) == []


def test_a_failure_that_the_log_does_not_know_is_told_once_and_recovered(settings):
    broken = Problem("r1", "bad_input", "company.yml: field `id`: missing", at=MONDAY)
    for refresh_id in ("r1", "r2"):
        tell(settings, audience(), problem=Problem(refresh_id, broken.kind, broken.text, MONDAY))
    assert [line["event"] for line in told(settings)] == ["r1"]
    log(settings, "r3", MONDAY + timedelta(minutes=1), "published")
    tell(settings, audience())
    assert [line["event"] for line in told(settings)] == ["r1", "recovered-r3"]


def test_a_killed_refresh_told_by_dagster_is_not_told_again_from_the_log(settings):
    tell(settings, audience(), problem=Problem("r1", "killed", "", at=MONDAY))
    log(settings, "r1", MONDAY, "killed")
    tell(settings, audience())
    assert [line["event"] for line in told(settings)] == ["r1"]


def test_what_goes_wrong_after_publishing_is_no_failure_of_the_refresh(settings):
    log(settings, "r1", MONDAY, "published")
    tell(settings, audience(), problem=Problem("r1", "failed", "the summary can't be shown"))
    assert told(settings) == []


def test_the_three_channels_get_the_same_message(settings):
    web, mail = WebSink(), MailSink()
    log(settings, "r1", MONDAY, "killed")
    with web.running(), mail.running():
        channels = audience(
            Webhook(kind="webhook", url=web.url),
            Email(
                kind="email",
                to=["on.call@example.org", "it@example.org"],
                sender="health@example.org",
                server="127.0.0.1",
                port=mail.port,
                security="none",
            ),
            AlertFile(kind="file"),
        )
        secret = Settings(
            settings.state_dir,
            settings.published_dir,
            settings.company_folder,
            secrets=Secrets(webhook_token="tok"),
        )
        tell(secret, channels)
        tell(secret, channels)
    ((headers, posted),) = web.posts
    assert headers["Authorization"] == "Bearer tok" and headers["Idempotency-Key"] == "r1"
    assert posted == told(settings)[0]
    ((recipients, text),) = mail.mails
    assert recipients == ["on.call@example.org", "it@example.org"]
    assert "Subject: A Ltd: the refresh was killed" in text
    for part in ("What: The process ended", "Since: 2026", "Readers: They see", "Next step: Not"):
        assert part in text
    record = settings.paths("a").alerts.read_text()
    assert "example.org" not in record and "very-secret" not in record and "tok" not in record


def test_a_channel_that_is_down_is_noted_tried_again_with_pauses_and_given_up(settings):
    web = WebSink()  # not running: nobody accepts
    hook = audience(Webhook(kind="webhook", url=web.url), AlertFile(kind="file"))
    log(settings, "r1", MONDAY, "failed", "boom")
    lines: list[str] = []
    begin = datetime.now(UTC)
    web.server.server_close()
    for minutes in (0, 0.5, 1.5, 2, 4, 60 * 24 * 4, 60 * 24 * 5):
        tell(settings, hook, say=lines.append, now=begin + timedelta(minutes=minutes))
    attempts = [line for line in read_lines(settings.paths("a").alerts) if "channel" in line]
    outcomes = [line["outcome"] for line in attempts if line["channel"].startswith("webhook")]
    assert outcomes == ["not sent"] * 3 + ["given up"]
    assert len(told(settings)) == 1, "the channel that works is told once"
    assert lines[0].endswith("not sent (URLError ConnectionRefusedError)")


def test_a_channel_that_comes_back_gets_what_it_missed(settings):
    web = WebSink()
    web.status = 503
    hook = audience(Webhook(kind="webhook", url=web.url))
    log(settings, "r1", MONDAY, "failed", "boom")
    now = datetime.now(UTC)
    with web.running():
        lines: list[str] = []
        tell(settings, hook, say=lines.append, now=now)
        web.status = 200
        tell(settings, hook, say=lines.append, now=now + timedelta(minutes=2))
        tell(settings, hook, say=lines.append, now=now + timedelta(minutes=9))
    assert lines == [f"alert r1 by {hook.channels[0].key}: not sent (HTTPError 503)"]
    assert [body["event"] for _, body in web.posts] == ["r1", "r1"]


def test_a_redirect_is_not_followed(settings):
    web = WebSink()
    web.status = 302
    with web.running():
        results = send_test(settings, audience(Webhook(kind="webhook", url=web.url)))
    assert list(results.values()) == ["HTTPError 302"]
    assert web.paths == ["/hook?key=very-secret"]


def test_a_refusing_mail_server_is_named_without_addresses(settings):
    mail = MailSink()
    mail.refuses = True
    with mail.running():
        channel = Email(
            kind="email",
            to=["on.call@example.org"],
            sender="health@example.org",
            server="127.0.0.1",
            port=mail.port,
            security="none",
        )
        results = send_test(settings, audience(channel))
    assert list(results.values()) == ["SMTPRecipientsRefused"]


def test_a_new_channel_is_not_flooded_with_what_others_were_told(settings):
    log(settings, "r1", MONDAY, "failed", "boom")
    tell(settings, audience())
    more = audience(AlertFile(kind="file"), AlertFile(kind="file", path="more.jsonl"))
    tell(settings, more)
    assert read_lines(settings.paths("a").state / "more.jsonl") == []


def test_nothing_is_raised_and_nothing_written_where_it_is_not_possible(settings, tmp_path):
    tell(settings, None)
    tell(settings, Audience("a", "A", ()))
    assert not settings.paths("a").alerts.exists()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "a").write_text("a file where the folder should be")
    lines: list[str] = []
    tell(settings, audience(), problem=Problem("r1", "failed", "boom"), say=lines.append)
    assert "alerts could not be told" in lines[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 rows\n    example: name=Ada\n    example: name=Bo\n  do: mend", "2 rows\n  do: mend"),
        ("none of the 9 values (such as 'x@y.org', 'z'). Was it", "none of the 9 values. Was it"),
        ("sent to ada@example.org, thanks", "sent to (address), thanks"),
        ("see https://h.example.org/x?key=1 now", "see https://h.example.org/x now"),
        ("x" * 5000, "x" * 1496 + " …"),
    ],
)  # fmt: skip
def test_what_may_come_from_rows_stays_at_home(text, expected):
    assert harmless(text) == expected


def company(tmp_path, text):
    (tmp_path / "company.yml").write_text(f"id: a\nname: A\nreporting_currency: EUR\n{text}")
    return load_company(tmp_path)


def test_channels_stand_in_company_yml_and_secrets_in_the_environment(tmp_path):
    loaded = company(
        tmp_path,
        "alerts:\n  - {kind: file}\n  - kind: webhook\n"
        "  - {kind: email, to: [a@b.c], sender: d@e.f, server: mail}\n",
    )
    assert [channel.kind for channel in loaded.alerts] == ["file", "webhook", "email"]
    planted = "s3cret"
    environment = {"HEALTH_WEBHOOK_URL": f"https://h/{planted}", "HEALTH_SMTP_PASSWORD": planted}
    read = load_settings({**environment, "HEALTH_WEBHOOK_TOKEN": planted})
    assert read.secrets.webhook_url == "https://h/s3cret"
    assert "s3cret" not in repr(read)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alerts: [{kind: pager}]", "each channel begins with `kind:`, one of webhook"),
        ("alerts: [{kind: webhook, url: 'https://u:s3cret@h'}]",  # pragma: allowlist secret
         "HEALTH_WEBHOOK_TOKEN"),
        ("alerts: [{kind: webhook, url: 'ftp://h'}]", "begins with https://"),
        ("alerts: [{kind: webhook, password: s3cret}]", "unknown; the fields are kind, url"),
        ("alerts: ['https://u:s3cret@h']",  # pragma: allowlist secret
         "should be a valid dictionary"),
        ("alerts: [{kind: email, to: [x], sender: d@e.f, server: m}]", "no plain e-mail address"),
        ("alerts: [{kind: email, to: [], sender: d@e.f, server: m}]", "at least 1 item"),
        ("alerts: [{kind: email, to: [a@b.c], sender: d@e.f, server: m, user: u, security: none}]",
         "`security` must be starttls or tls"),
        ("alerts: [{kind: file, path: ../x.jsonl}]", "inside the company's state folder"),
        ("alerts: [{kind: file, path: /x.jsonl}]", "inside the company's state folder"),
    ],
)  # fmt: skip
def test_a_wrong_channel_is_refused_without_repeating_a_secret(tmp_path, text, expected):
    with pytest.raises(BadInput) as refused:
        company(tmp_path, text)
    assert expected in str(refused.value) and "s3cret" not in str(refused.value)


def test_who_is_to_be_told_is_known_although_company_yml_is_wrong(tmp_path):
    (tmp_path / "company.yml").write_text("id: a\nname: A\nnonsense: 1\nalerts: [{kind: file}]\n")
    found = Audience.of_folder(tmp_path)
    assert (found.id, [channel.kind for channel in found.channels]) == ("a", ["file"])
    (tmp_path / "company.yml").write_text("id: [")
    assert Audience.of_folder(tmp_path) is None
