"""Which rows a data test reads: in a later build those that it made, and when all of them again.

`made_in_this_build` in macros/increments.sql writes the condition into a test's SQL. Two things are
done to it here. The single values that it asks for (the build's number, its first date) are put in
as literals: DuckDB does not take a subquery's value into a table's scan, and would read all rows to
drop most of them. And a test that holds rows against another table reads all of them again where
that table lost something since they were tested.
"""

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from orchestration.base.build_files import named_before
from orchestration.warehouse.parsed import Project

if TYPE_CHECKING:
    import duckdb

ONE_VALUE = re.compile(r'(?<!\bin )\(select \w+ from (?:"\w+"\.){2}"\w+"\)')
FIRST = "1"  # the number of a build that carried nothing on: all its rows are tested


class TestedRows:
    """For the tests of one build."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", project: Project):
        self._connection = connection
        self._nodes = {**project.content["sources"], **project.content["nodes"]}
        self._values: dict[str, str] = {}
        self._losses: dict[tuple[str, str], bool] = {}
        builds = [n for n in project.content["sources"].values() if n["name"] == "build"]
        self._number = f"(select build_number from {builds[0]['relation_name']})" if builds else ""

    def limited(self, test: dict[str, Any], sql: str) -> str:
        """The test's SQL with values in place of the subqueries that ask for one."""
        is_later_build = self._number in sql and self._value(self._number) != FIRST
        is_anew = is_later_build and any(self._lost(*other) for other in self._others(test))

        def value(found: re.Match[str]) -> str:
            is_number = found[0] == self._number
            return FIRST if is_anew and is_number else self._value(found[0])

        return ONE_VALUE.sub(value, sql)

    def _value(self, subquery: str) -> str:
        """A literal; the subquery itself where it is not one number or date."""
        import duckdb

        if subquery not in self._values:
            self._values[subquery] = subquery
            try:
                rows = self._connection.execute(f"from {subquery} limit 2").fetchall()
            except duckdb.Error:
                return subquery  # the test will say so
            value = rows[0][0] if len(rows) == 1 else ()
            if value is None or type(value) is int:
                self._values[subquery] = "null" if value is None else str(value)
            elif type(value) is date:
                self._values[subquery] = f"date '{value}'"
        return self._values[subquery]

    def _others(self, test: dict[str, Any]) -> list[tuple[str, str]]:
        """What the test holds its rows against: unique id, and the column where it names one.

        A table that is carried on itself is cut at the same date or day.
        """
        arguments = dict((test.get("test_metadata") or {}).get("kwargs") or {})
        arguments |= arguments.pop("arguments", None) or {}
        return [
            (unique_id, arguments.get("field") or "*")
            for unique_id in test["depends_on"]["nodes"]
            if unique_id != test.get("attached_node")
            and self._nodes[unique_id]["config"].get("materialized") != "incremental"
        ]

    def _lost(self, unique_id: str, column: str) -> bool:
        """Whether the table lacks something that it held in the last audited build."""
        import duckdb

        node = self._nodes[unique_id]
        now, is_view = node["relation_name"], node["config"].get("materialized") == "view"
        if (now, column) not in self._losses:
            then = f"{named_before(node['database'])}.{now.split('.', 1)[1]}"  # a view: same rows
            try:
                lost = self._connection.execute(
                    f"select {column} from {then} except select {column} from {now} limit 1"
                ).fetchone()
                self._losses[now, column] = is_view or lost is not None
            except duckdb.Error:  # it was not there, or had other columns
                self._losses[now, column] = True
        return self._losses[now, column]
