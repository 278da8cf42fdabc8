"""The currencies of a load's money, and those that have a rate.

Belongs here: the rule that money in another currency than the reporting one needs a rate. One that
has none on any day stops at landing, before anything is kept; a rate that lacks for some dates
alone is the build's to say, which knows the dates.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from orchestration.company.tables import RawTable, raw_tables
from orchestration.landing.loads import Load

RATES = "exchange_rates"
CODE = re.compile(r"[A-Z]{3}")
LETTER = re.compile(r"[^\W\d_]")
REMEDY = (
    "Land the table exchange_rates with its rates (currency, valid_on, rate_to_reporting: what one "
    "unit is worth in {reporting}, one rate for every seven days that are scored; a line such as "
    "`{example},2025-01-05,0.9`), or correct the currency."
)


def columns(table: RawTable) -> tuple[str, str] | None:
    """The currency of a table's money, and the amount or rate beside it; None where it has none."""
    codes = [column.name for column in table.columns if column.is_currency]
    numbers = [column.name for column in table.columns if column.data_type in ("money", "rate")]
    return (codes[0], numbers[0]) if codes and numbers else None


def measure(table: RawTable) -> str:
    """SQL for the rows by currency, as a map: of those that hold an amount."""
    code, number = columns(table) or ("null", "null")
    return (
        f"histogram(case when nullif(trim(cast({number} as varchar)), '') is not null "
        f"then nullif(upper(trim(cast({code} as varchar))), '') end)"
    )


class Currencies:
    """What the archived loads have rates for, and what the new ones bring."""

    def __init__(self, reporting: str, archived: Iterable[Load]) -> None:
        self.reporting = reporting
        self.rated = {reporting}
        self.is_known = True  # what loads of earlier releases hold was not noted
        self.new_rates: dict[int, set[str]] = {}
        self.money: Counter[tuple[str, str]] = Counter()
        for load in archived:
            if load.rated_currencies is None and (load.row_counts or {}).get(RATES):
                self.is_known = False
            self.rated.update(load.rated_currencies or ())

    def add(self, load: Load, table: str, counts: Mapping[str, int] | None) -> None:
        """Take the rows by currency of one file or mapping result of a new load."""
        if not counts:
            return
        if table == RATES:
            self.new_rates.setdefault(load.number, set()).update(counts)
            self.rated.update(counts)
        else:
            self.money.update({(table, currency): rows for currency, rows in counts.items()})

    def noted(self, load: Load) -> Load:
        """The load with the currencies that its rates are of, for those that come later."""
        return replace(load, rated_currencies=tuple(sorted(self.new_rates.get(load.number, set()))))

    def problems(self) -> list[str]:
        """One for each table and currency without a rate on any day, most rows first."""
        if not self.is_known:
            return []
        order = list(raw_tables())
        missing = [
            (table, currency, rows)
            for (table, currency), rows in self.money.items()
            if currency not in self.rated
        ]
        missing.sort(key=lambda each: (order.index(each[0]), -each[2], each[1]))
        return [self._problem(*each) for each in missing]

    def _problem(self, table: str, currency: str, rows: int) -> str:
        is_code = CODE.fullmatch(currency) is not None
        # another column may have slipped in: letters are not shown
        shown = currency if is_code else f"`{LETTER.sub('x', currency[:20])}`"
        remedy = REMEDY.format(reporting=self.reporting, example=currency if is_code else "USD")
        are = "1 row is" if rows == 1 else f"{rows:,} rows are"
        return (
            f"{table}: {are} in the currency {shown}, which has no exchange rate on any day; "
            f"amounts are reported in {self.reporting}. {remedy}"
        )
