"""What an act says: one checked row of `cta_actions` or `csm_assessments`. Nothing is written here.

Checked here is what staging would quarantine, so that nobody finds out a refresh later.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from unicodedata import category

from orchestration.acts.known import Cta, Known
from orchestration.base.errors import BadInput
from orchestration.company.spelling import suggestion
from orchestration.scorecards.tables import BANDS

LONGEST_OVERRIDE = timedelta(days=90)
LONGEST_TEXT = 2000
FLAGS = ("red", "yellow")
ASSESSMENTS, ACTIONS = "csm_assessments", "cta_actions"


@dataclass(frozen=True)
class Act:
    """One row, its table, and what is told of it; `row` holds personal data, `said` none."""

    act_id: str
    table: str
    row: Mapping[str, str]
    said: str
    counts_from: date
    cta_id: str | None = None


class Desk:
    """Where one person acts: who, when, and what is known."""

    def __init__(self, known: Known, author: str, now: datetime) -> None:
        self.known = known
        self.author = text("--author", author)
        self.now = now.astimezone(UTC)
        self.at = known.moment(self.now)
        # in the order of time, so that of two acts of one moment the later one counts
        self.act_id = f"act-{self.now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"

    def open(self, account_id: str, module: str, reason: str) -> Act:
        """Open a call to action that no rule opens."""
        account_id, module = self.known.account(account_id), self.known.module(module)
        cta_id = f"manual:{self.act_id}:{account_id}"
        said = f"opened a call to action of {module} for {account_id}: {cta_id}"
        row = {"account_id": account_id, "module": module, "reason": text("--reason", reason)}
        return self._action("open", said, row, cta_id)

    def reopen(self, cta_id: str, reason: str) -> Act:
        """Open one again that a person closed, or end its rest."""
        cta = self.known.reopenable(cta_id)
        return self._on(cta, "open", "opened again", reason=text("--reason", reason))

    def snooze(self, cta_id: str, until: str, reason: str) -> Act:
        """Let one rest until a day."""
        day = self._later_day(until)
        said = f"snoozed until {day}"
        cta = self.known.open_cta(cta_id)
        return self._on(cta, "snooze", said, until=str(day), reason=text("--reason", reason))

    def close(self, cta_id: str, reason: str) -> Act:
        """Close one: it is settled, or no longer wanted."""
        cta = self.known.open_cta(cta_id)
        return self._on(cta, "close", "closed", reason=text("--reason", reason))

    def reassign(self, cta_id: str, to: str, reason: str) -> Act:
        """Give one to another member of staff."""
        assignee = self.known.assignee(text("--to", to))
        reason = text("--reason", reason)
        cta = self.known.open_cta(cta_id)
        return self._on(cta, "reassign", "reassigned", assignee=assignee, reason=reason)

    def step(self, cta_id: str, step: str, reason: str = "") -> Act:
        """Tick a step of its playbook."""
        cta = self.known.cta(cta_id)
        step = self.known.step(cta, step)
        said = f"step {step} is done"
        return self._on(cta, "step_done", said, step=step, reason=text("", reason))

    def note(self, cta_id: str, words: str) -> Act:
        """Write something down."""
        return self._on(self.known.cta(cta_id), "note", "noted", reason=text("the note", words))

    def flag(self, account_id: str, module: str, rating: str, reason: str) -> Act:
        """Rate a module by a person's judgement, whatever was measured."""
        account_id, module = self.known.present_account(account_id), self.known.module(module)
        if rating not in FLAGS:
            raise BadInput(f"--rating {rating}: say `red` or `yellow`.")
        said = f"flagged {module} of {account_id} {rating}"
        row = {"kind": "module_flag", "module": module, "rating": rating}
        return self._assessment(said, account_id, reason, row)

    def override(
        self, account_id: str, score: str | None, band: str | None, until: str, reason: str
    ) -> Act:
        """Set score or band until a day, at most 90 days ahead."""
        account_id = self.known.present_account(account_id)
        if (score is None) == (band is None):
            raise BadInput("Give either --score or --band: an override sets one of them.")
        expires = self._later_day(until)
        last = self.at.date() + LONGEST_OVERRIDE
        if expires > last:
            raise BadInput(
                f"--until {expires}: an override holds for at most {LONGEST_OVERRIDE.days} days, "
                f"here until {last} (counted from {self.at.date()}, the newest date that readers "
                "see). Give it again when it ends, if it is still true."
            )
        if score is not None:
            row = {"kind": "score_override", "score": _score(score)}
        else:
            row = {"kind": "band_override", "band": _band(str(band))}
        what = f"score {row['score']}" if score is not None else f"band {row['band']}"
        said = f"{account_id} has the {what} until {expires}"
        if account_id in self.known.unscored:
            said = f"{account_id} stays unscored; until {expires} it has the band of the {what}"
        return self._assessment(said, account_id, reason, row | {"expires_at": str(expires)})

    def clear(self, assessment: Mapping[str, str], reason: str) -> Act:
        """End an override or a flag that `health act` recorded: the same one, with its end."""
        row = {
            **assessment,
            "cleared_at": _moment(self.at),
            "reason": text("--reason", reason),
            "author": self.author,
            **self._times(),
        }
        said = f"cleared {assessment['assessment_id']}"
        return Act(self.act_id, ASSESSMENTS, row, said, self.at.date())

    def _on(self, cta: Cta, action: str, done: str, **values: str) -> Act:
        row = {"cta_id": cta.cta_id, "account_id": cta.account_id, **values}
        return self._action(action, f"{cta.cta_id}: {done}", row, cta.cta_id)

    def _action(self, action: str, said: str, row: Mapping[str, str], cta_id: str) -> Act:
        row = {"action_id": self.act_id, "action": action, **row, "author": self.author}
        row = row | {"acted_at": _moment(self.at), **self._times()}
        return Act(self.act_id, ACTIONS, row, said, self.at.date(), cta_id)

    def _assessment(self, said: str, account_id: str, reason: str, row: Mapping[str, str]) -> Act:
        row = {"assessment_id": self.act_id, "account_id": account_id, **row}
        row = row | {"reason": text("--reason", reason), "author": self.author}
        row = row | {"assessed_at": _moment(self.at), **self._times()}
        said = f"{said} ({self.act_id})"
        return Act(self.act_id, ASSESSMENTS, row, said, self.at.date())

    def _times(self) -> dict[str, str]:
        """It is known when it is done; `updated_at` is the time on the wall."""
        return {"arrived_at": _moment(self.at), "updated_at": _moment(self.now)}

    def _later_day(self, until: str) -> date:
        try:
            day = date.fromisoformat(until)
        except ValueError:
            raise BadInput(f"--until: {until!r} is not a date. Write it as YYYY-MM-DD.") from None
        if day <= self.at.date():
            raise BadInput(
                f"--until {day} is over: the newest date that readers see is {self.at.date()}. "
                "Give the first day on which it no longer holds, a later one than that."
            )
        return day


def text(name: str, value: str) -> str:
    """One line of plain text; BadInput where it is empty, unless nobody asks for it (no name)."""
    words = " ".join(value.split())
    if name and not words:
        raise BadInput(f"Say {name}: those who read it later need it.")
    if len(words) > LONGEST_TEXT or any(category(sign) in ("Cc", "Cs") for sign in words):
        raise BadInput(
            f"{name or '--reason'} has more than {LONGEST_TEXT} characters, or some that are no "
            "text. Write it shorter, in plain words."
        )
    return words


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def _score(given: str) -> str:
    try:
        score = Decimal(given)
    except InvalidOperation:
        raise BadInput(f"--score {given!r} is no number. Give one from 0 to 100.") from None
    if not (score.is_finite() and 0 <= score <= 100):
        raise BadInput(f"--score {given}: a score is a number from 0 to 100.")
    return f"{score:f}"


def _band(given: str) -> str:
    if given not in BANDS:
        raise BadInput(
            f"There is no band `{given}`{suggestion(given, BANDS)}. There are: {', '.join(BANDS)}."
        )
    return given
