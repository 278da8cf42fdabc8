"""How large the generated companies are, and which days they tell of. Numbers, nothing computed."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

LAST_DAY = date(2025, 6, 29)  # a Sunday; the first load comes at the end of it
NEXT_DAY = LAST_DAY + timedelta(days=1)
# The load of a day comes at its end: its dated folder is the next day's.
FIRST_LOAD = (LAST_DAY + timedelta(days=1)).isoformat()
SECOND_LOAD = (NEXT_DAY + timedelta(days=1)).isoformat()
FULL_HISTORY = 400  # days


@dataclass(frozen=True)
class Size:
    """Rows of the first load. All but the accounts shrink with a shorter history."""

    name: str
    accounts: int
    events: int
    tickets: int
    answers: int
    invoices: int
    days: int = FULL_HISTORY

    def with_history(self, days: int) -> "Size":
        """The same company when it has been landing for so many days: as much on each of them."""
        return replace(
            self,
            events=self.events * days // self.days,
            tickets=self.tickets * days // self.days,
            answers=self.answers * days // self.days,
            invoices=self.invoices * days // self.days,
            days=days,
        )

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.days}"

    @property
    def company_id(self) -> str:
        return f"scale_{self.name.lower()}_{self.days}"

    @property
    def first_day(self) -> date:
        return LAST_DAY - timedelta(days=self.days - 1)

    @property
    def score_from(self) -> date:
        """From the second week on: 57 Sundays of 400 days."""
        return self.first_day + timedelta(days=7)


SIZES = {
    size.name: size
    for size in (
        # what a refresh takes whatever it reads
        Size("fixed", 20, 2_000, 100, 100, 300),
        Size("S", 2_000, 1_000_000, 10_000, 10_000, 30_000),
        Size("M", 20_000, 20_000_000, 200_000, 100_000, 300_000),
        Size("L", 50_000, 100_000_000, 500_000, 250_000, 800_000),
    )
}
