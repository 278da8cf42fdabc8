"""Which refreshes are worth an alert, told from the refresh log. Pure functions, no files.

One event per failed refresh and one per recovery, keyed by the refresh's id. A failure that only
repeats the one before (every five minutes under cron, say) is told again once a day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# `interrupted` is not among them: whoever pressed Ctrl-C knows.
FAILURES = ("failed", "blocked", "bad_input", "killed")
# What the next refresh does not make good by succeeding.
WITHOUT_RECOVERY = ("late", "verify")
REPEAT_AFTER = timedelta(hours=20)
KILLED = (
    "The process ended without a word: it was killed, it ran out of memory, or the machine went "
    "down. What it had begun was thrown away."
)


@dataclass(frozen=True)
class Event:
    """A failure or a recovery. `since`: the first failure of the row; `times`: how many."""

    key: str
    kind: str
    refresh_id: str
    at: str
    text: str
    since: str
    times: int


def failures(entries: Iterable[Mapping[str, Any]], recovered_at: Iterable[str]) -> Iterator[Event]:
    """Failed refreshes of the log, without mere repetitions.

    `recovered_at`: when a recovery was noted that the log can't know, because the refresh had
    nothing new to publish.
    """
    recoveries = sorted(map(_time, recovered_at))
    since, times, told = "", 0, None
    for entry in entries:
        at = _time(entry["ended_at"] or entry["started_at"])
        while recoveries and recoveries[0] <= at:
            recoveries.pop(0)
            since, times, told = "", 0, None
        if entry["status"] == "published":
            since, times, told = "", 0, None
        if entry["status"] not in FAILURES:
            continue
        since, times = since or entry["ended_at"] or entry["started_at"], times + 1
        kind, text = entry["status"], entry.get("message") or KILLED
        if told and told[:2] == (kind, text) and at - told[2] < REPEAT_AFTER:
            continue
        told = (kind, text, at)
        yield Event(
            entry["refresh_id"], kind, entry["refresh_id"], at.isoformat(), text, since, times
        )


def recovery(
    entries: Iterable[Mapping[str, Any]], problem: Event | None, healthy_id: str | None, now: str
) -> Event | None:
    """The first success after the last failure that was told; None where nothing has recovered.

    `healthy_id`: a refresh that has just found nothing new and all well.
    """
    if problem is None:
        return None
    log = list(entries)
    places = [place for place, entry in enumerate(log) if entry["refresh_id"] == problem.key]
    for place, entry in enumerate(log):
        ended = entry["ended_at"] or entry["started_at"]
        is_later = place > places[0] if places else _time(ended) > _time(problem.at)
        if entry["status"] == "published" and is_later:
            text = f"The refresh published a new version, as of {entry['as_of_date']}."
            return _recovered(problem, entry["refresh_id"], ended, text)
    if healthy_id:
        text = "The refresh found nothing new and nothing wrong; what is published stands."
        return _recovered(problem, healthy_id, now, text)
    return None


def _recovered(problem: Event, refresh_id: str, at: str, text: str) -> Event:
    key = f"recovered-{refresh_id}"
    return Event(key, "recovered", refresh_id, at, text, problem.since, problem.times)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
