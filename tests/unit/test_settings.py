"""The environment: what it may say, and what is refused by name before anything is done."""

import json
import os
import subprocess
import sys

import duckdb
import pytest
from dagster._utils.schedules import is_valid_cron_schedule

from orchestration.base.errors import BadInput
from orchestration.base.settings import PROJECT_ROOT, SCHEDULES, Settings, load_settings
from orchestration.base.values import is_cron
from orchestration.company.cadences import CADENCES
from orchestration.company.company import load_company
from orchestration.dagster.schedules import COMPARISON, require_known

SAMPLE = PROJECT_ROOT / "seeds" / "companies" / "office_software"


def refusal(environment):
    with pytest.raises(BadInput) as caught:
        load_settings(environment)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_what_is_empty_counts_as_not_said():
    names = ("STATE_DIR", "PUBLISHED_DIR", "KEEP_VERSIONS", "HEALTH_COMPANY", "HEALTH_LOG_LEVEL")
    names += ("HEALTH_DAILY_CRON", "HEALTH_SCHEDULES", "HEALTH_MAX_RUNTIME_SECONDS")
    names += ("HEALTH_MEMORY_LIMIT", "HEALTH_WEBHOOK_URL", "HEALTH_SMTP_PASSWORD")
    assert load_settings(dict.fromkeys(names, "")) == load_settings({})
    assert load_settings({}).keep_versions == 5


def test_what_is_good_is_taken(tmp_path):
    read = load_settings(
        {
            "STATE_DIR": str(tmp_path / "s"),
            "PUBLISHED_DIR": "readers",
            "KEEP_VERSIONS": " 2 ",
            "HEALTH_LOG_LEVEL": "DEBUG",
            "HEALTH_DAILY_CRON": "*/15 5-22 * jan,mar mon-fri",
            "HEALTH_SCHEDULES": "daily, weekly_comparison monthly",
            "HEALTH_MAX_RUNTIME_SECONDS": "60",
            "HEALTH_MEMORY_LIMIT": "1.5 GiB",
            "HEALTH_WEBHOOK_URL": "http://[::1]:8080/hook?key=1",
            "HEALTH_SMTP_PASSWORD": "two words",  # pragma: allowlist secret
        }
    )
    assert (read.state_dir, read.published_dir) == (tmp_path / "s", PROJECT_ROOT / "readers")
    assert (read.keep_versions, read.log_level, read.max_runtime_seconds) == (2, "debug", 60)
    assert read.schedules_on == ("daily", "weekly_comparison", "monthly")
    assert read.secrets.smtp_password == "two words"  # pragma: allowlist secret


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("KEEP_VERSIONS", "abc", "a whole number, at least 2. For example: KEEP_VERSIONS=5"),
        ("KEEP_VERSIONS", "1", "a whole number, at least 2."),
        ("KEEP_VERSIONS", "²", "a whole number, at least 2."),
        ("KEEP_VERSIONS", "-3", "a whole number, at least 2."),
        ("KEEP_VERSIONS", "9" * 5000, "a whole number, at least 2."),
        ("HEALTH_MAX_RUNTIME_SECONDS", "4h", "a whole number, at least 60. For example: HEALTH_M"),
        ("HEALTH_MAX_RUNTIME_SECONDS", "0", "a whole number, at least 60."),
        ("HEALTH_MEMORY_LIMIT", "plenty", "an amount in MB or GB, at least 256MB. For example: HE"),
        ("HEALTH_MEMORY_LIMIT", "80%", "an amount in MB or GB"),
        ("HEALTH_MEMORY_LIMIT", "1400", "an amount in MB or GB"),
        ("HEALTH_MEMORY_LIMIT", "-1", "an amount in MB or GB"),
        ("HEALTH_MEMORY_LIMIT", "100MB", "at least 256MB"),
        (
            "HEALTH_LOG_LEVEL",
            "loud",
            "one of none, error, warn, info, debug. For example: HEALTH_L",
        ),
        ("HEALTH_SCHEDULES", "daily hourly", "names out of daily, weekly, monthly, quarterly, "),
        ("HEALTH_DAILY_CRON", "at five", "five fields (minute, hour, day of the month, month, we"),
        ("HEALTH_DAILY_CRON", "0 5 31 2 *", "that name a time. For example: HEALTH_DAILY_CRON="),
        (
            "STATE_DIR",
            "~/state",
            "a whole path: `~` is not replaced here. For example: STATE_DIR=/",
        ),
        ("HEALTH_COMPANY", "~/acme", "a whole path"),
        ("PUBLISHED_DIR", "README.md", "a folder, and there is a file."),
        ("PUBLISHED_DIR", "state", "another folder than STATE_DIR."),
    ],
)
def test_a_bad_value_is_refused_with_its_name_and_what_would_do(name, value, allowed):
    said = refusal({name: value})
    assert said.startswith(f"Environment variable {name}: `{value[:60]}")
    assert allowed in said and "\n" not in said and len(said) < 400


@pytest.mark.parametrize("name", ["HEALTH_WEBHOOK_URL", "HEALTH_WORKLIST_WEBHOOK_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "hooks.example.com/s3cret",
        "ftp://h/s3cret",
        "https:///s3cret",
        "https://h:x/s3cret",
        "https://[/s3cret",
        "https://h/s3cret and more",
    ],
)
def test_a_bad_address_is_refused_and_not_shown(name, value):
    said = refusal({name: value})
    assert said.startswith(f"Environment variable {name}: the value (a secret, not shown) must be")
    assert f"For example: {name}=https://" in said and "s3cret" not in said


@pytest.mark.parametrize(
    "name", ["HEALTH_WEBHOOK_TOKEN", "HEALTH_WORKLIST_WEBHOOK_TOKEN", "HEALTH_SMTP_PASSWORD"]
)
@pytest.mark.parametrize("value", ["s3cret\nX-Other: 1", "s3cret\x00", "s3crét"])
def test_a_secret_that_no_server_takes_is_refused_and_not_shown(name, value):
    said = refusal({name: value})
    assert f"{name}: the value (a secret, not shown) must be one line of ASCII" in said
    assert "s3c" not in said and "X-Other" not in said


def test_all_bad_values_are_told_at_once():
    lines = refusal({"KEEP_VERSIONS": "x", "HEALTH_LOG_LEVEL": "y", "STATE_DIR": "~"}).split("\n")
    named = [line.split(":")[0].removeprefix("Environment variable ") for line in lines]
    assert sorted(named) == ["HEALTH_LOG_LEVEL", "KEEP_VERSIONS", "STATE_DIR"]


def test_a_refresh_ends_with_code_2_and_writes_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "refresh", "--json"],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "STATE_DIR": str(tmp_path / "state"),
            "PUBLISHED_DIR": str(tmp_path / "published"),
            "HEALTH_MEMORY_LIMIT": "plenty",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["status"], facts["exit_code"]) == ("bad_input", 2)
    assert "HEALTH_MEMORY_LIMIT: `plenty`" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["256MB", "1400 mb", "1.5GB", "2gib", "1T", "300M"])
def test_duckdb_takes_every_amount_that_is_not_refused(text):
    load_settings({"HEALTH_MEMORY_LIMIT": text})
    duckdb.connect(config={"memory_limit": text}).close()


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("0 5 * * *", True),
        ("*/2 * * * *", True),
        ("5 5-17/2 1,15 * *", True),
        ("0/15 * * jan-mar sun", True),
        ("0 5 29 2 *", True),
        ("0 5 31 4,5 7", True),
        ("0 5 31 2 *", False),
        ("60 5 * * *", False),
        ("0 24 * * *", False),
        ("0 5 0 * *", False),
        ("0 5 * 13 *", False),
        ("0 5 * * 8", False),
        ("0 5 * * someday", False),
        ("*/0 * * * *", False),
        ("*/ * * * *", False),
        ("5- * * * *", False),
        (", * * * *", False),
        ("0 5 * *", False),
        ("0 5 * * * *", False),
        ('"0 5 * * *"', False),
    ],
)
def test_a_cron_line_is_judged_as_dagster_judges_it(text, good):
    assert is_cron(text) is good
    assert is_valid_cron_schedule(text) is good


def test_a_cron_line_that_never_comes_is_none_even_where_dagster_takes_it():
    assert is_valid_cron_schedule("0 5 31 4,6 *") and not is_cron("0 5 31 4,6 *")


def test_the_schedules_that_can_be_on_are_those_that_there_are(tmp_path):
    assert {*SCHEDULES} == {*(cadence.name for cadence in CADENCES), COMPARISON}
    wanted = Settings(tmp_path, tmp_path, SAMPLE, schedules_on=("daily", "quarterly"))
    with pytest.raises(BadInput, match=r"HEALTH_SCHEDULES names quarterly; the schedules of off"):
        require_known(wanted, load_company(SAMPLE))
