"""What was to be told, and what became of it: `state/<company>/alerts.jsonl`, never rewritten.

Three kinds of lines: when alerts began; an event with its message and the channels it is for; an
attempt to send it. A message is sent again only where its process died between sending and noting.
"""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.alerts.events import WITHOUT_RECOVERY, Event
from orchestration.alerts.message import Message
from orchestration.base.files import append_line, read_lines

GIVE_UP_AFTER = timedelta(days=3)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass
class Told:
    """One event, for whom it is, and how often each channel was tried."""

    event: Event
    message: Message
    channels: tuple[str, ...]
    noted_at: datetime
    done: set[str] = field(default_factory=set)
    attempts: dict[str, list[datetime]] = field(default_factory=dict)

    def is_due(self, channel: str, now: datetime) -> bool:
        """Not sent yet, and the pause since the last attempt (1, 2, 4 … minutes) is over."""
        if channel not in self.channels or channel in self.done:
            return False
        tried = self.attempts.get(channel)
        if not tried:
            return True
        pause = min(timedelta(minutes=2 ** (len(tried) - 1)), LONGEST_PAUSE)
        return now - tried[-1] >= pause


class Outbox:
    """The record as it was read. Change it only inside `alone`."""

    def __init__(self, path: Path):
        self.path = path
        self.began_at: datetime | None = None
        self.told: dict[str, Told] = {}
        for line in read_lines(path):
            self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        if "began_at" in line:
            self.began_at = self.began_at or datetime.fromisoformat(line["began_at"])
        elif "message" in line:
            event = Event(**line["event"])
            self.told.setdefault(
                event.key,
                Told(
                    event,
                    Message(**line["message"]),
                    tuple(line["channels"]),
                    datetime.fromisoformat(line["noted_at"]),
                ),
            )
        elif line.get("event") in self.told:
            told = self.told[line["event"]]
            at = datetime.fromisoformat(line["at"])
            told.attempts.setdefault(line["channel"], []).append(at)
            if line["outcome"] != "not sent":
                told.done.add(line["channel"])

    def begin(self, at: datetime) -> None:
        """Failures before this time are history: whoever switches alerts on is not flooded."""
        if self.began_at is None:
            self._add({"began_at": at.isoformat()})

    def note(self, event: Event, message: Message, channels: Iterable[str], now: datetime) -> None:
        """An event that is to be told. One that is known already is left as it is."""
        if event.key not in self.told:
            self._add(
                {
                    "event": asdict(event),
                    "message": asdict(message),
                    "channels": list(channels),
                    "noted_at": now.isoformat(),
                }
            )

    def attempted(self, event: str, channel: str, now: datetime, error: str = "") -> str:
        """Note how an attempt went: sent, not sent, or given up after three days of trying."""
        outcome = "sent"
        if error:
            outcome = "given up" if now - self.told[event].noted_at > GIVE_UP_AFTER else "not sent"
        line = {"event": event, "channel": channel, "at": now.isoformat(), "outcome": outcome}
        self._add({**line, "error": error} if error else line)
        return outcome

    def _add(self, line: dict[str, Any]) -> None:
        append_line(self.path, line)
        self._take(line)

    @property
    def problem(self) -> Event | None:
        """The last failure that was told and has not been followed by a recovery."""
        events = [told.event for told in self.told.values()]
        events = [event for event in events if event.kind not in WITHOUT_RECOVERY]
        return events[-1] if events and events[-1].kind != "recovered" else None

    @property
    def recovered_at(self) -> list[str]:
        return [told.event.at for told in self.told.values() if told.event.kind == "recovered"]


@contextmanager
def alone(path: Path) -> Iterator[Outbox]:
    """One teller at a time: a sensor and a command line must not send the same event twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Outbox(path)
