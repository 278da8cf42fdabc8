"""The work list as a message: short enough to be read, and each call to action sent once a date.

Channels stand in company.yml (`worklists`, the kinds of `alerts`). What was sent is noted in
`state/<company_id>/worklists.jsonl` by channel, as-of date and call; a rerun sends what is new.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from orchestration.acts.worklist import WorkList
from orchestration.alerts.channels import NotSent, send
from orchestration.alerts.outbox import alone
from orchestration.base.files import append_line, read_lines
from orchestration.base.masking import without_emails
from orchestration.base.settings import CompanyPaths, Secrets
from orchestration.company.config import Channel

MOST_OWNERS = 12
MOST_PER_OWNER = 5
MOST_LETTERS_OF_A_FACT = 160


@dataclass(frozen=True)
class WorkMessage:
    """What a channel sends. `event` is the same in each repetition of the same content."""

    event: str
    company_id: str
    subject: str
    text: str
    as_of_date: str
    cta_count: int

    def as_text(self) -> str:
        return self.text

    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "kind": "worklist",
            "company_id": self.company_id,
            "as_of_date": self.as_of_date,
            "cta_count": self.cta_count,
            "subject": self.subject,
            "text": self.text,
        }


def send_work_list(
    paths: CompanyPaths,
    company: str,
    channels: Iterable[Channel],
    secrets: Secrets,
    work: WorkList,
    now: datetime | None = None,
) -> dict[str, str]:
    """Send what was not sent yet; channel's key → what became of it, in words.

    A message goes out again only where the machine died between sending and noting it.
    """
    results = {}
    with alone(paths.worklists):
        for channel in channels:
            sent = _sent(paths, channel.key, work.as_of)
            new = replace(work, rows=tuple(r for r in work.rows if r["cta_id"] not in sent))
            if not new.rows:
                results[channel.key] = "nothing new"
                continue
            try:
                send(channel, build(company, new), secrets, paths)
            except NotSent as error:
                results[channel.key] = f"not sent: {error}"
                continue
            append_line(
                paths.worklists,
                {
                    "channel": channel.key,
                    "as_of_date": work.as_of,
                    "cta_ids": [row["cta_id"] for row in new.rows],
                    "at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
                },
            )
            results[channel.key] = f"sent {len(new.rows)}"
    return results


def _sent(paths: CompanyPaths, channel: str, as_of: str) -> set[str]:
    return {
        cta_id
        for line in read_lines(paths.worklists)
        if (line.get("channel"), line.get("as_of_date")) == (channel, as_of)
        for cta_id in line["cta_ids"]
    }


def build(company: str, work: WorkList) -> WorkMessage:
    """The message of these calls: some owners, some calls of each, and how many more there are."""
    ids = "\n".join([work.as_of, *sorted(row["cta_id"] for row in work.rows)])
    overdue = sum(row["is_overdue"] for row in work.rows)
    subject = f"{company}: {_calls(len(work.rows))} as of {work.as_of}"
    subject += f", {overdue} overdue" if overdue else ""
    lines = [subject]
    owners = list(work.by_owner.items())
    for owner, rows in owners[:MOST_OWNERS]:
        late = sum(row["is_overdue"] for row in rows)
        lines += [
            "",
            f"{owner or 'With nobody'}: {len(rows)}" + (f", {late} overdue" if late else ""),
        ]
        lines += [_line(row) for row in rows[:MOST_PER_OWNER]]
        if len(rows) > MOST_PER_OWNER:
            lines.append(f"  … and {len(rows) - MOST_PER_OWNER} more")
    rest = owners[MOST_OWNERS:]
    if rest:
        more = sum(len(rows) for _, rows in rest)
        lines += ["", f"… and {_calls(more)} of {len(rest)} more owners"]
    if work.resting:
        lines += ["", f"{work.resting} more rest until a later day."]
    lines += ["", "The whole list: health worklist"]
    return WorkMessage(
        event=f"worklist-{work.as_of}-{hashlib.sha256(ids.encode()).hexdigest()[:12]}",
        company_id=work.company_id,
        subject=without_emails(subject),
        text=without_emails("\n".join(lines)) + "\n",
        as_of_date=work.as_of,
        cta_count=len(work.rows),
    )


def _line(row: dict[str, Any]) -> str:
    name = " ".join(str(row["account_name"] or "").split())
    account = f"{name} ({row['account_id']})" if name else row["account_id"]
    fact = " ".join(str(row["evidence"] or row["module_id"]).split())
    if len(fact) > MOST_LETTERS_OF_A_FACT:
        fact = fact[: MOST_LETTERS_OF_A_FACT - 1] + "…"
    due = ""
    if row["due_on"]:
        due = f"; {'was due' if row['is_overdue'] else 'due'} {row['due_on']}"
    step = f"; next: {row['next_step']}" if row["next_step"] else ""
    return f"  {row['severity'] or row['kind']}, {account}: {fact}{due}{step}"


def _calls(count: int) -> str:
    return "one call to action" if count == 1 else f"{count} calls to action"
