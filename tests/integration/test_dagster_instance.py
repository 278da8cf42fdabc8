"""Dagster's own settings, schedules and sensors: what they do, without starting a daemon."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import RunFailureReason
from dagster._core.execution.retries import auto_reexecution_should_retry_run
from dagster._core.launcher import WorkerStatus

from orchestration.base.errors import BadInput, Busy
from orchestration.base.files import read_lines
from orchestration.base.settings import PROJECT_ROOT, Settings
from orchestration.company.cadences import CADENCES, cadences_of, cron
from orchestration.company.company import load_company
from orchestration.dagster.begin_again import missed
from orchestration.dagster.jobs import tags
from orchestration.dagster.launcher import is_alive
from orchestration.dagster.old_runs import remove_old_runs
from orchestration.dagster.resources import REFRESH_ID
from orchestration.dagster.schedules import schedules
from orchestration.dagster.sensors import alert_sensors, late
from orchestration.dagster.waiting import open_when_free
from orchestration.dagster.webserver import prepare_home, run_webserver
from orchestration.publishing import refresh_log
from orchestration.refresh import Refresh

SAMPLE = PROJECT_ROOT / "seeds" / "companies" / "office_software"
DAILY, WEEKLY, MONTHLY, QUARTERLY = CADENCES


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    root = tmp_path_factory.mktemp("instance")
    settings = Settings(root / "state", root / "published", SAMPLE)
    home = prepare_home(settings.paths("office_software"))
    with dg.DagsterInstance.from_config(str(home)) as loaded:
        yield loaded


@dg.op
def nothing() -> None: ...


@dg.job(name="refresh")
def job() -> None:
    nothing()


@dg.job
def verify() -> None:
    nothing()


def make_run(instance, status, **run_tags):
    return instance.create_run_for_job(job, status=status, tags=run_tags)


def test_the_settings_load_and_say_what_they_are_meant_to(instance):
    assert instance.telemetry_enabled is False and instance.nux_enabled is False
    pools = instance.get_concurrency_config().pool_config
    assert pools.default_pool_limit == 1 and pools.pool_granularity.value == "run"
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_poll_interval_seconds == 10
    assert instance.run_monitoring_max_resume_run_attempts == 0
    assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] == 60
    assert instance.run_retries_enabled and instance.run_retries_max_retries == 2
    assert instance.freshness_enabled
    assert instance.run_launcher.supports_check_run_worker_health


@pytest.mark.parametrize(
    ("read_only", "begins"),
    [(False, ["dagster", "dev"]), (True, ["dagster-webserver", "--read-only"])],
)
def test_it_listens_on_the_loopback_address_alone(tmp_path, monkeypatch, read_only, begins):
    started = []
    monkeypatch.setattr(os, "chdir", lambda folder: None)
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call))
    settings = Settings(tmp_path / "state", tmp_path / "published", SAMPLE)
    run_webserver(settings, SAMPLE, 3999, read_only)
    ((program, command, environment),) = started
    assert [Path(program).name, *command[1:2]] == begins
    assert command[-4:] == ["--host", "127.0.0.1", "--port", "3999"]
    home = Path(environment["DAGSTER_HOME"])
    assert home.is_relative_to(tmp_path) and (home / "dagster.yaml").exists()
    assert environment["STATE_DIR"] == str(tmp_path / "state")


def test_a_crash_is_retried_and_a_failed_check_is_not(instance):
    run = make_run(instance, dg.DagsterRunStatus.FAILURE)
    for reason, expected in (
        (RunFailureReason.STEP_FAILURE, False),
        (RunFailureReason.UNEXPECTED_TERMINATION, True),
        (None, True),  # what a killed process leaves
    ):
        assert auto_reexecution_should_retry_run(instance, run, reason) is expected
    settings = Settings(PROJECT_ROOT, PROJECT_ROOT, SAMPLE)
    assert tags(settings) == {
        "dagster/retry_strategy": "ALL_STEPS",
        "dagster/max_runtime": "14400",
    }


def test_a_run_whose_process_is_gone_is_seen(instance):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        run = make_run(instance, dg.DagsterRunStatus.STARTED)
        instance.report_engine_event(f"Started process for run (pid: {process.pid}).", run)
        health = instance.run_launcher.check_run_worker_health(run)
        assert health.status == WorkerStatus.RUNNING
        process.kill()
    health = instance.run_launcher.check_run_worker_health(run)
    assert health.status == WorkerStatus.FAILED and f"process {process.pid}" in health.msg


def test_a_process_with_the_same_number_that_began_later_is_another_one():
    assert is_alive(os.getpid(), time.time())
    assert not is_alive(os.getpid(), time.time() - 365 * 24 * 3600)


def test_cron_lines_run_after_five_and_after_midnight_utc():
    assert cron(WEEKLY, "Europe/Berlin", 30) == "30 5 * * 1"
    assert cron(WEEKLY, "America/Chicago", 30) == "30 5 * * 1"
    assert cron(MONTHLY, "Asia/Tokyo", 30) == "30 10 1 * *"
    assert cron(QUARTERLY, "Asia/Kolkata", 0) == "0 6 1 1,4,7,10 *"


@pytest.mark.parametrize(
    ("cadence", "day", "expected"),
    [
        (DAILY, "2026-01-05", "2026-01-04"),
        (WEEKLY, "2026-01-05", "2026-01-04"),  # a Monday
        (WEEKLY, "2026-01-04", "2025-12-28"),  # a Sunday is not over
        (MONTHLY, "2026-03-01", "2026-02-28"),
        (QUARTERLY, "2026-01-01", "2025-12-31"),
        (QUARTERLY, "2026-06-30", "2026-03-31"),
    ],
)
def test_the_last_date_of_a_cadence(cadence, day, expected):
    assert cadence.last_date(date.fromisoformat(day)) == date.fromisoformat(expected)


def test_a_company_has_a_schedule_for_each_of_its_cadences(tmp_path):
    (tmp_path / "scorecards.csv").write_text("cadence\nquarterly\nmonthly\nmonthly\n")
    assert [cadence.name for cadence in cadences_of(tmp_path)] == ["monthly", "quarterly"]
    assert [cadence.name for cadence in cadences_of(tmp_path / "absent")] == ["weekly"]
    company = load_company(SAMPLE)
    on = Settings(tmp_path, tmp_path, SAMPLE, schedules_on=("weekly",), daily_cron="*/3 * * * *")
    daily, comparison, weekly = schedules(on, job, job, company)
    assert (comparison.name, comparison.cron_schedule) == ("weekly_comparison", "0 2 * * 0")
    assert (daily.cron_schedule, daily.default_status.value) == ("*/3 * * * *", "STOPPED")
    assert weekly.default_status.value == "RUNNING"
    wrong = Settings(tmp_path, tmp_path, SAMPLE, schedules_on=("hourly",))
    with pytest.raises(BadInput, match="hourly; the schedules of office_software are daily, week"):
        schedules(wrong, job, job, company)


def tick(schedule, instance, at):
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
    with context:
        return schedule.evaluate_tick(context)


def test_a_tick_waits_for_the_run_before_and_a_cadence_notes_its_date(tmp_path):
    settings = Settings(tmp_path, tmp_path, SAMPLE)
    daily, _, weekly = schedules(settings, job, job, load_company(SAMPLE))
    monday = datetime(2026, 1, 5, 4, 30, tzinfo=UTC)
    with dg.instance_for_test() as fresh:
        assert len(tick(daily, fresh, monday).run_requests) == 1
        make_run(fresh, dg.DagsterRunStatus.STARTED)
        skipped = tick(daily, fresh, monday)
        assert not skipped.run_requests and "has not ended" in skipped.skip_message
        (request,) = tick(weekly, fresh, monday).run_requests
    assert request.tags["health/cadence_date"] == "2026-01-04"
    assert request.run_key == "weekly 2026-01-04"


def test_a_date_that_the_data_did_not_reach_is_late(world):
    assert late(world.paths, None) is None
    assert late(world.paths, "2025-02-01") is None
    problem = late(world.paths, "2025-02-02")
    assert problem.kind == "late" and "newest data is of 2025-02-01" in problem.text


@pytest.fixture
def told(world):
    """The sensors of the mini company, which keeps its alerts in a file."""
    company = world.root / "company" / "company.yml"
    company.write_text(company.read_text() + "alerts: [{kind: file}]\n")
    sensors = alert_sensors(world.settings, company.parent, load_company(company.parent), [job])

    def alerts():
        lines = read_lines(world.paths.state / "alerts_for_others.jsonl")
        return [(line["kind"], line["event"], line["what"]) for line in lines]

    return {sensor.name: sensor for sensor in sensors}, alerts


def failed_context(instance, run, message):
    event = dg.DagsterEvent(
        "PIPELINE_FAILURE", job_name="refresh", message=message, event_specific_data=None
    )
    return dg.build_run_status_sensor_context(
        "alert_on_failure", event, instance, run
    ).for_run_failure()


def test_a_crash_that_dagster_forgot_to_retry_is_found_once(tmp_path):
    with dg.instance_for_test() as own:
        crashed = make_run(own, dg.DagsterRunStatus.STARTED)
        own.report_run_failed(crashed, "process 1 is gone")
        own.add_run_tags(crashed.run_id, {"dagster/will_retry": "true"})
        now = datetime.now(UTC)
        soon, late_ = now + timedelta(minutes=3), now + timedelta(hours=3)
        assert missed(own, now) == []
        assert [run.run_id for run in missed(own, soon)] == [crashed.run_id]
        assert missed(own, late_) == []
        failed = make_run(own, dg.DagsterRunStatus.STARTED)
        assert missed(own, soon) == [], "a later run takes it all"
        own.report_run_failed(failed, "a check failed")
        own.add_run_tags(failed.run_id, {"dagster/will_retry": "false"})
        assert missed(own, soon) == [], "a failure is no crash"


def test_old_runs_are_removed_but_the_newest_stay(tmp_path, monkeypatch):
    monkeypatch.setattr("orchestration.dagster.old_runs.KEEP_AT_LEAST", 2)
    settings = Settings(tmp_path / "state", tmp_path / "published", SAMPLE)
    home = prepare_home(settings.paths("office_software"))
    later = datetime.now(UTC) + timedelta(days=91)
    with dg.DagsterInstance.from_config(str(home)) as own:
        runs = [make_run(own, dg.DagsterRunStatus.SUCCESS) for _ in range(4)]
        running = make_run(own, dg.DagsterRunStatus.STARTED)
        own.report_engine_event("something happened", runs[0])
        assert (home / "history" / "runs" / f"{runs[0].run_id}.db").exists()
        assert remove_old_runs(own, home, datetime.now(UTC)) == 0
        assert remove_old_runs(own, home, later) == 3
        left = {run.run_id for run in own.get_runs()}
    assert left == {runs[3].run_id, running.run_id}
    assert not (home / "history" / "runs" / f"{runs[0].run_id}.db").exists()


def test_all_sensors_are_on_from_the_start(told):
    sensors, _ = told
    assert {sensor.default_status for sensor in sensors.values()} == {
        dg.DefaultSensorStatus.RUNNING
    }


def test_a_killed_run_is_told_by_its_refresh_and_the_next_success_ends_it(told, instance):
    sensors, alerts = told
    run = make_run(instance, dg.DagsterRunStatus.FAILURE, **{REFRESH_ID: "r1"})
    context = failed_context(instance, run, "Run execution process was terminated by signal 9")
    sensors["alert_on_failure"](context)
    sensors["alert_on_failure"](context)
    ((kind, event, what),) = alerts()
    assert (kind, event) == ("killed", "r1") and "The process ended without a word" in what
    good = make_run(instance, dg.DagsterRunStatus.SUCCESS, **{REFRESH_ID: "r2"})
    done = dg.DagsterEvent("PIPELINE_SUCCESS", job_name="refresh")
    sensors["alert_on_recovery"](
        dg.build_run_status_sensor_context("alert_on_recovery", done, instance, good)
    )
    assert [(kind, event) for kind, event, _ in alerts()][1:] == [("recovered", "recovered-r2")]


def test_a_run_that_never_opened_a_refresh_is_told_with_dagsters_words(told, instance):
    sensors, alerts = told
    run = make_run(instance, dg.DagsterRunStatus.FAILURE)
    sensors["alert_on_failure"](failed_context(instance, run, "company.yml: no such zone"))
    assert alerts() == [("failed", f"run-{run.run_id}", "Job refresh: company.yml: no such zone")]


def test_a_run_that_took_too_long_is_told_as_that(told, instance):
    sensors, alerts = told
    run = make_run(instance, dg.DagsterRunStatus.FAILURE, **{REFRESH_ID: "r5"})
    message = "Exceeded maximum runtime of 14400 seconds."
    sensors["alert_on_failure"](failed_context(instance, run, message))
    ((kind, event, what),) = alerts()
    assert (kind, event) == ("stuck", "r5") and "took longer than it may" in what


def test_a_comparison_that_differs_is_told_and_no_refresh_ends_it(told, instance):
    sensors, alerts = told
    run = instance.create_run_for_job(verify, status=dg.DagsterRunStatus.FAILURE)
    sensors["alert_on_failure"](failed_context(instance, run, "fct_account_health differs"))
    good = make_run(instance, dg.DagsterRunStatus.SUCCESS, **{REFRESH_ID: "r2"})
    done = dg.DagsterEvent("PIPELINE_SUCCESS", job_name="refresh")
    sensors["alert_on_recovery"](
        dg.build_run_status_sensor_context("alert_on_recovery", done, instance, good)
    )
    assert alerts() == [("verify", f"run-{run.run_id}", "fct_account_health differs")]


def test_a_failure_in_the_refresh_log_is_told_with_its_own_words(told, instance, world):
    sensors, alerts = told
    now = datetime.now(UTC)
    refresh_log.append(
        world.paths,
        refresh_id="r3",
        started_at=now,
        ended_at=now,
        status="blocked",
        message="3 rows",
    )
    run = make_run(instance, dg.DagsterRunStatus.FAILURE, **{REFRESH_ID: "r3"})
    sensors["alert_on_failure"](failed_context(instance, run, "Steps failed: ['warehouse']."))
    assert alerts() == [("blocked", "r3", "3 rows")]


def test_a_run_waits_for_another_refresh_and_fences_one_that_was_given_up(world, instance):
    orphan, free = Refresh(world.settings), threading.Event()
    orphan.open()
    make_run(instance, dg.DagsterRunStatus.FAILURE, **{REFRESH_ID: orphan.refresh_id})
    lines: list[str] = []
    new = Refresh(world.settings)
    new.progress.line = lines.append
    timer = threading.Timer(0.3, lambda: (orphan.close(), free.set()))
    timer.start()
    open_when_free(new, instance, patience=20, pause=0.05)
    assert free.is_set() and any("it can no longer publish" in line for line in lines)
    assert world.paths.token.read_text() == new.refresh_id
    with pytest.raises(Busy):
        open_when_free(Refresh(world.settings), instance, patience=0, pause=0)
    assert world.paths.token.read_text() == new.refresh_id, "one that runs is not fenced"
    new.close()
