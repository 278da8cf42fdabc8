"""Find what is to be told, note it, send what is due. Nothing in here changes how a refresh ends.

Called by the command line after opening and after ending a refresh, by Dagster's sensors, and by
`health alert`. Safe to call at any time, by several processes at once.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.alerts import events
from orchestration.alerts.events import Event
from orchestration.alerts.message import Message, build, harmless, readers_see
from orchestration.alerts.outbox import Outbox, alone
from orchestration.base.settings import CompanyPaths, Settings
from orchestration.company.config import Channel
from orchestration.publishing import refresh_log
from orchestration.publishing.versions import current_version


@dataclass(frozen=True)
class Audience:
    """A company and who is to be told about it."""

    id: str
    name: str
    channels: tuple[Channel, ...]

    @classmethod
    def of(cls, company: Any) -> "Audience":
        return cls(company.id, company.name, tuple(company.alerts))

    @classmethod
    def of_folder(cls, folder: Path) -> "Audience | None":
        """Also where company.yml has a fault, as long as its name and its channels can be read."""
        from orchestration.company.company import read_contact

        contact = read_contact(folder)
        return cls.of(contact) if contact else None


@dataclass(frozen=True)
class Problem:
    """A failure that is not in the refresh log: it came before the lock, or in another job."""

    key: str
    kind: str
    text: str
    at: datetime | None = None


def tell(
    settings: Settings,
    audience: Audience | None,
    *,
    problem: Problem | None = None,
    healthy_id: str | None = None,
    say: Callable[[str], None] = lambda line: None,
    now: datetime | None = None,
) -> None:
    """Tell everybody what they were not told yet. Raises nothing; says what could not be sent."""
    if audience is None or not audience.channels:
        return
    try:
        paths, now = settings.paths(audience.id), now or datetime.now(UTC)
        with alone(paths.alerts) as outbox:
            _note(paths, audience, outbox, problem, healthy_id, now)
            for line in _send_what_is_due(settings, paths, audience, outbox, now):
                say(line)
    except Exception as error:
        say(f"alerts could not be told: {type(error).__name__}: {error}")


def send_test(settings: Settings, audience: Audience) -> dict[str, str]:
    """A test message by every channel: channel's key → error, empty where it was sent."""
    from orchestration.alerts.channels import NotSent, send

    paths, now = settings.paths(audience.id), datetime.now(UTC)
    text = "This is a test of the alerts. Nothing has failed."
    key = f"test-{now:%Y%m%dT%H%M%S%fZ}"
    message = _message(paths, audience, Event(key, "test", "-", _stamp(now), text, _stamp(now), 1))
    results = {}
    for channel in audience.channels:
        try:
            send(channel, message, settings.secrets, paths)
            results[channel.key] = ""
        except NotSent as error:
            results[channel.key] = str(error)
    return results


def _note(
    paths: CompanyPaths,
    audience: Audience,
    outbox: Outbox,
    problem: Problem | None,
    healthy_id: str | None,
    now: datetime,
) -> None:
    entries = refresh_log.entries(paths)
    last = entries[-1] if entries else None
    outbox.begin(datetime.fromisoformat(last["ended_at"]) if last and last["ended_at"] else now)
    found = [
        event
        for event in events.failures(entries, outbox.recovered_at)
        if outbox.began_at and datetime.fromisoformat(event.at) >= outbox.began_at
    ]
    in_log = {e["refresh_id"] for e in entries if e["status"] in (*events.FAILURES, "published")}
    if problem is not None and problem.key not in in_log:
        found += _unless_repeated(outbox, problem, problem.at or now)
    for event in found:
        _note_one(paths, audience, outbox, event, now)
    recovered = events.recovery(entries, outbox.problem, healthy_id, _stamp(now))
    if recovered:
        _note_one(paths, audience, outbox, recovered, now)


def _unless_repeated(outbox: Outbox, problem: Problem, at: datetime) -> list[Event]:
    before = None if problem.kind in events.WITHOUT_RECOVERY else outbox.problem
    is_same = before and (before.kind, before.text) == (problem.kind, harmless(problem.text))
    if before and is_same and at - datetime.fromisoformat(before.at) < events.REPEAT_AFTER:
        return []
    since, times = (before.since, before.times + 1) if before else (_stamp(at), 1)
    return [Event(problem.key, problem.kind, problem.key, _stamp(at), problem.text, since, times)]


def _note_one(
    paths: CompanyPaths, audience: Audience, outbox: Outbox, event: Event, now: datetime
) -> None:
    event = replace(event, text=harmless(event.text))
    message = _message(paths, audience, event)
    outbox.note(event, message, [channel.key for channel in audience.channels], now)


def _send_what_is_due(
    settings: Settings, paths: CompanyPaths, audience: Audience, outbox: Outbox, now: datetime
) -> list[str]:
    from orchestration.alerts.channels import NotSent, send

    lines = []
    for told in list(outbox.told.values()):
        for channel in audience.channels:
            if not told.is_due(channel.key, now):
                continue
            error = ""
            try:
                send(channel, told.message, settings.secrets, paths)
            except NotSent as refused:
                error = str(refused)
            outcome = outbox.attempted(told.event.key, channel.key, now, error)
            if error:
                lines.append(f"alert {told.event.key} by {channel.key}: {outcome} ({error})")
    return lines


def _message(paths: CompanyPaths, audience: Audience, event: Event) -> Message:
    version = current_version(paths)
    manifest = _manifest(paths.versions / version) if version else {}
    return build(
        event=event.key,
        kind=event.kind,
        company_id=audience.id,
        company=audience.name,
        refresh_id=event.refresh_id,
        happened_at=event.at,
        text=event.text,
        since=event.since,
        times=event.times,
        readers=readers_see(version, manifest.get("as_of_date"), manifest.get("started_at")),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        return {}


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
