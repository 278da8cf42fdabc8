"""Rows that a real source would deliver too: doubled, corrected, deleted, late and plainly wrong.

Few enough that every table stays under its quarantine limit (1 %)."""

from datetime import date


def delay(company, table: str, load: int, later: int, every: int, before: date | None = None):
    """Move every n-th row of one load (those of days before a date) to a later load."""
    batches = company.batches[table]
    stay = []
    for place, row in enumerate(batches[load]):
        day = str(row["occurred_at"])[:10]
        if (
            place % every == 0
            and (before is None or day < before.isoformat())
            and not row["event_id"]
        ):
            batches[later].append(row)
        else:
            stay.append(row)
    batches[load] = stay


def again(company, table: str, load: int, places: list[int], into: int, **changed) -> list[dict]:
    """Deliver rows of one load once more, in the same or a later one, as they were or changed."""
    batches = company.batches[table]
    copies = [{**batches[load][place], **changed} for place in places]
    batches[into].extend(copies)
    return copies
