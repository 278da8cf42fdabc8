"""One alert as a person reads it: what, since when, effect on readers, next step.

Messages leave the machine, so nothing from the landed files is in them: examples of rows are
dropped, whatever looks like an e-mail address is masked. The whole text stays in the refresh log.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

MOST_LETTERS = 1500
EXAMPLE_LINE = re.compile(r"^\s*examples?\b.*\n?", re.MULTILINE | re.IGNORECASE)
EXAMPLE_INLINE = re.compile(r" \(such as [^\n]*?\)(?=[.,;\s]|$)")
ADDRESS = re.compile(r"[^\s@<>(),;:'\"=]+@[^\s@<>(),;:'\"=]+")
# The query of an address may hold a key.
QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")

WHAT = {
    "blocked": "was blocked by a check",
    "bad_input": "met bad input",
    "failed": "failed",
    "killed": "was killed",
    "stuck": "does not come to an end",
    "late": "did not reach a date that was due",
    "verify": "was not found equal to a full one",
    "recovered": "works again",
    "test": "sends a test",
}
NEXT_STEP = {
    "blocked": (
        "Look at what is named above. If the data is wrong, land it again; if it is right, "
        "acknowledge it (`health acknowledge`). Then run `health refresh`."
    ),
    "bad_input": (
        "Mend the file or setting named above (a load that was archived already: in a new dated "
        "folder). The next refresh takes it."
    ),
    "failed": (
        "Not the input but the models or the machine are at fault. Read the refresh log, mend it, "
        "and run `health refresh`."
    ),
    "killed": (
        "Nothing yet: the next refresh begins from the start. If it is killed again, look for the "
        "cause: memory, disk, a restart of the machine."
    ),
    "stuck": "Look at the process named above. If it hangs, end it; the next refresh catches up.",
    "late": "See why the newest data has not come. The refresh that finds it scores the date.",
    "verify": (
        "Publish a full refresh (`health refresh --full`), keep the archived loads, and report "
        "what is named above: the incremental build has a fault."
    ),
    "recovered": "None.",
    "test": "None. Alerts of this company will arrive here.",
}
PAGE = "dbt_project/docs/operations.md"


class Sendable(Protocol):
    """What a channel needs of a message; work lists are sent like alerts."""

    @property
    def event(self) -> str: ...
    @property
    def company_id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    def as_json(self) -> dict[str, Any]: ...
    def as_text(self) -> str: ...


@dataclass(frozen=True)
class Message:
    """What every channel sends. `event` is the same in each repetition of one event."""

    event: str
    kind: str
    company_id: str
    company: str
    refresh_id: str
    happened_at: str
    subject: str
    what: str
    since: str
    readers: str
    next_step: str

    def as_json(self) -> dict[str, Any]:
        # `text` is what chat services show of a webhook
        return {**asdict(self), "text": self.as_text()}

    def as_text(self) -> str:
        return (
            f"{self.subject}\n\n"
            f"What: {self.what}\n\n"
            f"Since: {self.since}\n\n"
            f"Readers: {self.readers}\n\n"
            f"Next step: {self.next_step}\n\n"
            f"Refresh {self.refresh_id}, {self.happened_at}. What each alert means: {PAGE}\n"
        )


def build(
    *,
    event: str,
    kind: str,
    company_id: str,
    company: str,
    refresh_id: str,
    happened_at: str,
    text: str,
    since: str,
    times: int,
    readers: str,
) -> Message:
    """`times` counts failures in a row, this one included; `since` is the first one's time."""
    when = _minute(since)
    if kind == "recovered":
        when = f"it had failed since {when} ({_count(times)})"
    elif times > 1:
        when += f" ({_count(times)} in a row)"
    return Message(
        event=event,
        kind=kind,
        company_id=company_id,
        company=company,
        refresh_id=refresh_id,
        happened_at=_minute(happened_at),
        subject=f"{company}: the refresh {WHAT[kind]}",
        what=harmless(text),
        since=when,
        readers=readers,
        next_step=NEXT_STEP[kind],
    )


def harmless(text: str) -> str:
    """The text without anything that may come from a row of the landed files."""
    text = EXAMPLE_INLINE.sub("", EXAMPLE_LINE.sub("", text))
    text = QUERY.sub(r"\1", ADDRESS.sub("(address)", text)).strip()
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 4] + " …"


def readers_see(version: str | None, as_of: str | None, published_at: str | None) -> str:
    """The effect on readers, in one sentence."""
    if version is None:
        return "They see nothing: no version has been published yet."
    at = f", made {_minute(published_at)}" if published_at else ""
    return f"They see the version {version}, whole and checked, as of {as_of or 'no date'}{at}."


def _minute(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _count(times: int) -> str:
    return "once" if times == 1 else f"{times} times"
