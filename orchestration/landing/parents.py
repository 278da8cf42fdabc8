"""Accounts and their parents, as a load brings them: every way up has to end, soon enough.

Belongs here: the rule, over pairs of account and parent. A circle has no top, so nobody's group
could be summed; more levels than MOST_LEVELS are an error of the source more often than a group.
An account that names itself has no parent.
"""

from collections.abc import Iterable

COLUMNS = ("account_id", "parent_account_id")
MOST_LEVELS = (
    5  # of parents above an account; models/rollups/int_rollups__ancestors.sql goes as far
)
MOST_NAMED = 5


def problems(pairs: Iterable[tuple[str | None, str | None]]) -> list[str]:
    """What is wrong with the parents of a load's accounts, with the accounts' ids."""
    parents = {
        account.strip(): parent.strip()
        for account, parent in pairs
        if account and parent and parent.strip() not in ("", account.strip())
    }
    circles: dict[frozenset[str], list[str]] = {}
    too_deep = []
    done: set[str] = set()  # known to be in a circle, or to lead into one
    for account in sorted(parents):
        way = [account]
        while way[-1] in parents and parents[way[-1]] not in way and way[-1] not in done:
            way.append(parents[way[-1]])
        if way[-1] in done:
            done.update(way)
        elif way[-1] in parents:
            circle = way[way.index(parents[way[-1]]) :]
            circles.setdefault(frozenset(circle), circle)
            done.update(way)
        elif len(way) - 1 > MOST_LEVELS:
            too_deep.append(way)
    remedy = "Correct parent_account_id, or blank it in the mapping."
    found = [
        f"accounts: a circle of parents, {_shown([*circle, circle[0]])}. {remedy}"
        for circle in circles.values()
    ]
    found += [
        f"accounts: more than {MOST_LEVELS} levels of parents, {_shown(way)}. {remedy}"
        for way in too_deep
    ]
    more = len(found) - MOST_NAMED
    return found[:MOST_NAMED] + ([f"accounts: {more} more such ways."] if more > 0 else [])


def _shown(way: list[str]) -> str:
    shown = way if len(way) <= 12 else [*way[:11], "…"]
    return " → ".join(shown)
