"""What the checks of all raw tables share in one refresh."""

from dataclasses import dataclass, field
from datetime import UTC, date

import duckdb

from orchestration.company.company import Company
from orchestration.expectations.history import History
from orchestration.landing.loads import Load, landed


@dataclass
class RawContext:
    """The build file, the company, its loads, and what published refreshes measured."""

    connection: duckdb.DuckDBPyConnection
    company: Company
    loads: list[Load]
    history: History
    run_date: date
    as_of: date | None = None  # the day that freshness is measured from
    # Days for which a table is known to be out: (from, until), the end may be far ahead.
    outages: dict[str, list[tuple[date, date]]] = field(default_factory=dict)

    @property
    def published_load(self) -> int:
        """The newest load that a published refresh held; 0 before the first."""
        return self.history.load_number

    @property
    def newest_load(self) -> int:
        return self.loads[-1].number if self.loads else 0

    @property
    def today(self) -> date:
        """The day of the newest load that was landed."""
        loads = landed(self.loads)
        return loads[-1].loaded_at.astimezone(UTC).date() if loads else self.run_date

    def meant_loads(self, table: str) -> set[int]:
        """Loads in which an operator said of the table that it is as it is meant to be."""
        return {
            load.number
            for load in self.loads
            for note in load.notes
            if note.table == table and note.meaning == "meant" and not note.column
        }
