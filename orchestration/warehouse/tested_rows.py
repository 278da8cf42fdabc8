"""Which rows a data test reads: in a later build those that it made, and when all of them again.

`made_in_this_build` in macros/increments.sql writes the condition into a test's SQL. Two things are
done to it here. The single values that it asks for (the build's number, its first date) are put in
as literals (`Values`). And a test that holds rows against another table reads all of them again
where that table lost something since they were tested.
"""

from typing import TYPE_CHECKING, Any

from orchestration.base.build_files import named_before
from orchestration.warehouse.parsed import Project
from orchestration.warehouse.values import Values

if TYPE_CHECKING:
    import duckdb

FIRST = "1"  # the number of a build that carried nothing on: all its rows are tested


class TestedRows:
    """For the tests of one build."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", project: Project):
        self._connection = connection
        self._nodes = {**project.content["sources"], **project.content["nodes"]}
        self._values = Values(connection)
        self._losses: dict[tuple[str, str], bool] = {}
        builds = [n for n in project.content["sources"].values() if n["name"] == "build"]
        self._number = f"(select build_number from {builds[0]['relation_name']})" if builds else ""

    def limited(self, test: dict[str, Any], sql: str) -> str:
        """The test's SQL with values in place of the subqueries that ask for one."""
        is_later_build = self._number in sql and self._values.of(self._number) != FIRST
        is_anew = is_later_build and any(self._lost(*other) for other in self._others(test))
        return self._values.placed(sql, {self._number: FIRST} if is_anew else None)

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
