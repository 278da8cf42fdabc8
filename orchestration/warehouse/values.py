"""Single values in place of the subqueries that ask for one.

DuckDB does not take a subquery's value into a table's scan, and would read all rows to drop most of
them. The models' statements do the same in macros/values.sql.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

ONE_VALUE = re.compile(r'(?<!\bin )\(select \w+ from (?:"\w+"\.){2}"\w+"\)')


class Values:
    """What the subqueries of one build's statements give; each is asked once."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection"):
        self._connection = connection
        self._known: dict[str, str] = {}

    def placed(self, sql: str, stated: Mapping[str, str] | None = None) -> str:
        """The statement with literals; `stated` says which value a subquery is to have."""
        known = stated or {}
        return ONE_VALUE.sub(lambda found: known.get(found[0]) or self.of(found[0]), sql)

    def of(self, subquery: str) -> str:
        """A literal; the subquery itself where it is not one number or date."""
        import duckdb

        if subquery not in self._known:
            self._known[subquery] = subquery
            try:
                rows = self._connection.execute(f"from {subquery} limit 2").fetchall()
            except duckdb.Error:
                return subquery  # whoever runs the statement will say so
            value = rows[0][0] if len(rows) == 1 else ()
            if value is None or type(value) is int:
                self._known[subquery] = "null" if value is None else str(value)
            elif type(value) is date:
                self._known[subquery] = f"date '{value}'"
        return self._known[subquery]
