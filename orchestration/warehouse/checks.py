"""dbt's data tests, evaluated by the refresh itself: one statement a test on the finished build.

The tests stay dbt's: their YAML, names, owners and severity, and what `dbt test` makes of them. dbt
also compiles them; what it compiled is kept for as long as nothing changed that it follows from. As
a node of dbt's build a test takes some 45 ms, as a statement two.
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.base.build_files import open_build
from orchestration.base.errors import HealthError
from orchestration.base.files import write_atomic
from orchestration.warehouse import dbt_view
from orchestration.warehouse.examples import failure
from orchestration.warehouse.layers import ancestors, depths
from orchestration.warehouse.outcome import Failure, NodeResult
from orchestration.warehouse.parsed import Project
from orchestration.warehouse.tested_rows import TestedRows

if TYPE_CHECKING:
    import duckdb

KEPT = "checks.json"
OF_A_PLACE = {"created_at", "root_path"}  # when and where a node was parsed
THREADS = 2  # as dbt's own, in profiles.yml
# What dbt may be told to do with a test beside its severity, and what does nothing. A refresh does
# none of it: a test that asks for it is refused.
INERT = {
    "limit": None,
    "fail_calc": "count(*)",
    "warn_if": "!= 0",
    "error_if": "!= 0",
    "store_failures": None,
    "store_failures_as": None,
}


@dataclass
class Tested:
    """A result for each test, and what a person needs to know of those that found rows."""

    results: list[NodeResult] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    # What dbt's own build would not have made, for a test before it failed.
    behind_failures: set[str] = field(default_factory=set)


def tests_of(project: Project) -> dict[str, dict[str, Any]]:
    """All data tests; those on what is made first stand before those on what is made from it."""
    depth = depths(project.content)
    tests = [
        (unique_id, node)
        for unique_id, node in project.content["nodes"].items()
        if node["resource_type"] == "test"
    ]
    return dict(sorted(tests, key=lambda test: (depth.get(test[0], 0), test[0])))


def require_honoured(project: Project) -> None:
    """Refuse a test that asks for more than a refresh does with it."""
    for test in tests_of(project).values():
        config = test["config"]
        asked = [name for name, inert in INERT.items() if config.get(name) not in (inert, None)]
        if config.get("where") and not test.get("test_metadata"):
            asked.append("where")  # dbt reads it for tests in YAML alone
        if asked:
            raise HealthError(
                f"The data test {test['name']} sets {', '.join(asked)}, which a refresh does not "
                "honour: it counts the rows that a test returns, and knows its severity and, of "
                "a test in YAML, `where`. Write the condition into the test's SQL."
            )


def compiled(
    project: Project, dbt_project: Path, compile_tests: Callable[[], dict[str, str]]
) -> dict[str, str]:
    """Each test's SQL; `compile_tests` has dbt compile all of them, where anything changed."""
    dbt_view.take_over(project.paths, KEPT)
    kept, key = project.paths.target / KEPT, _follows_from(project, dbt_project)
    try:
        found = json.loads(kept.read_bytes())
        if found["key"] == key:
            return found["sql"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none yet, or cut short
    sql = compile_tests()
    write_atomic(kept, json.dumps({"key": key, "sql": sql}).encode())
    dbt_view.hand_on(project.paths, KEPT)
    return sql


def evaluate(
    project: Project,
    build_file: Path,
    sql: dict[str, str],
    built: Sequence[NodeResult],
    *,
    before: Path | None,
    memory_limit: str,
    begins: Callable[[str], None] = lambda name: None,
) -> Tested:
    """Run every test on what was built. As in dbt's own build, none runs behind one that failed.

    `before` is the audited build that this one began with; `begins` is told which test is next.
    """
    tested = Tested()
    missing = {result.unique_id for result in built if result.status != "success"}
    with open_build(
        build_file,
        *project.paths.raw_folders,
        before=before,
        memory_limit=memory_limit,
        threads=THREADS,
    ) as connection:
        rows = TestedRows(connection, project)
        for unique_id, test in tests_of(project).items():
            begins(test["name"])
            parents = set(test["depends_on"]["nodes"])
            if parents & (missing | tested.behind_failures):
                tested.results.append(NodeResult(unique_id, "test", test["name"], "skipped", 0.0))
                continue
            text = rows.limited(test, sql[unique_id])
            result = _run(connection, unique_id, test, text)
            tested.results.append(result)
            if result.failures:
                found = failure(project, connection, test, text, result.failures)
                (tested.failures if result.is_failed_test else tested.warnings).append(found)
            if result.is_failed_test:
                tested.behind_failures |= _behind(project, parents)
    return tested


def _run(
    connection: "duckdb.DuckDBPyConnection", unique_id: str, test: dict[str, Any], sql: str
) -> NodeResult:
    import duckdb

    began = time.monotonic()
    status, message, count = "error", "", None
    try:
        row = connection.execute(f"select count(*) from (\n{sql}\n) as failing").fetchone()
        count = row[0] if row else 0
        is_warning = str(test["config"].get("severity") or "error").lower() == "warn"
        status = ("warn" if is_warning else "fail") if count else "pass"
    except duckdb.Error as error:
        message = str(error)
    seconds = round(time.monotonic() - began, 3)
    return NodeResult(unique_id, "test", test["name"], status, seconds, message, count)


def _behind(project: Project, parents: set[str]) -> set[str]:
    """What is made from all that a test reads: dbt builds it when the test has passed."""
    return {
        unique_id
        for unique_id, node in project.content["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
        and parents <= ancestors(project.content, unique_id)
    }


def _follows_from(project: Project, dbt_project: Path) -> str:
    """A hash of all that compiling reads: what was parsed, dbt's settings, and dbt itself."""
    digest = hashlib.sha256()
    for part in ("nodes", "sources", "macros"):
        for unique_id, node in sorted(project.content[part].items()):
            lasting = {name: value for name, value in node.items() if name not in OF_A_PLACE}
            digest.update(f"{unique_id}\0{json.dumps(lasting, sort_keys=True)}\0".encode())
    for name in ("dbt_project.yml", "profiles.yml"):
        digest.update((dbt_project / name).read_bytes())
    for package in ("dbt-core", "dbt-adapters", "dbt-duckdb"):
        digest.update(f"{package} {version(package)}\0".encode())
    return digest.hexdigest()
