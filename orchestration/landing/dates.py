"""Whether a wished as-of date makes sense for the data at hand."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import open_read_only
from orchestration.company.tables import raw_tables
from orchestration.landing import reader


def check_as_of(
    build_file: Path, as_of_date: date | None, run_date: date, folders: Iterable[Path] = ()
) -> None:
    """Refuse a date in the future or before all data of a build file's raw zone.

    `folders` are those that its raw tables read from.
    """
    if as_of_date is None:
        return
    if as_of_date > run_date:
        raise BadInput(
            f"The as-of date {as_of_date} lies in the future (today is {run_date}). Give a date "
            "that has been."
        )
    first = first_day_with_data(build_file, folders)
    if first is not None and as_of_date < first:
        raise BadInput(
            f"The as-of date {as_of_date} lies before all data (the first day is {first}). Give "
            "a later date."
        )


def first_day_with_data(build_file: Path, folders: Iterable[Path] = ()) -> date | None:
    """The earliest event of any raw table, by the columns that the specification names."""
    days = []
    with open_read_only(build_file, *folders) as connection:
        for table in raw_tables().values():
            for column in table.columns:
                if re.search(rf"\b{column.name}\b", table.event_time or ""):
                    text = reader.identifier(column.name)
                    day = connection.execute(
                        f"select min(coalesce(cast(try_cast({text} as timestamptz) as timestamp), "
                        f"try_cast({text} as timestamp)))::date from raw.{table.name}"
                    ).fetchall()[0][0]
                    days.append(day)
    return min((day for day in days if day is not None), default=None)
