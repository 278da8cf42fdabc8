"""What must hold of the ledger of published scores, whatever died before.

A refresh adds what readers had not been shown yet, and rewrites nothing. A refresh that nobody was
shown has left no row. Publishing alone stamps scores and asks nothing of the ledger.
"""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import duckdb

from orchestration.publishing.versions import DATABASE

Row = tuple[str, str, str, float | None]  # account, date, refresh id, score
DATE = "account_id, as_of_date::varchar as as_of_date"
LEDGER = f"select {DATE}, refresh_id, score from marts.fct_published_scores"
SHOWN = f"select {DATE}, score from marts.fct_account_health where not is_provisional"


def read(current: Path) -> tuple[set[Row], set[tuple], list[Row]]:
    """The ledger's rows, the scores that readers see, and ledger rows that stand there twice."""
    with duckdb.connect(str(current / DATABASE), read_only=True) as connection:
        rows = connection.execute(LEDGER).fetchall()
        shown = connection.execute(SHOWN).fetchall()
    return set(rows), set(shown), [row for row, count in Counter(rows).items() if count > 1]


def trouble(current: Path, earlier: set[Row], shown_ids: Collection[str]) -> list[str]:
    """What is wrong after a refresh that readers see; `earlier` is what the ledger held before."""
    rows, shown, doubled = read(current)
    newest = {
        (account, on): score for account, on, _, score in sorted(rows, key=lambda row: row[2])
    }
    wrong = [f"the ledger has {row} twice" for row in doubled]
    wrong += [f"the ledger lost {row}" for row in sorted(earlier - rows, key=str)]
    wrong += [
        f"the ledger has {row}, which nobody was shown"
        for row in sorted(rows, key=str)
        if row[2] not in shown_ids
    ]
    wrong += [
        f"readers see {score} of {account} on {on}, the ledger {newest.get((account, on))}"
        for account, on, score in sorted(shown, key=str)
        if newest.get((account, on), "nothing") != score
    ]
    return wrong
