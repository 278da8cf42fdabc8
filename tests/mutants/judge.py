"""dbt's unit tests as judges of mutants: rendered in this process, run on their fixtures alone.

dbt runs the unit tests once, which also shows that they pass. Each then is kept as what dbt made of
it: its fixtures as SQL, and the context in which the model is rendered. A mutant is one changed
text in that context; it is caught by the first test whose rows come out otherwise, or not at all.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base.settings import (
    PROJECT_ROOT,
    CompanyPaths,
    dbt_view_environment,
    exported,
)
from orchestration.warehouse.build import close_duckdb
from tests.mutants.mutate import Mutant, mutants

DBT = PROJECT_ROOT / "dbt_project"
# Behind these engine names stands another implementation than DuckDB's.
OTHER_ENGINES = ("default__", "spark__", "postgres__")


@dataclass
class UnitTest:
    """One unit test, ready to run with another text of its model or macros."""

    name: str
    model: str
    node: Any
    context: dict[str, Any]
    fixtures: str
    columns: tuple[str, ...]
    rows: list[str] | None = None
    kills: int = 0


@dataclass
class Source:
    """A text that may be mutated: a model, or one macro of a file."""

    file: str
    first_line: int
    holder: Any  # the node or macro
    attribute: str  # the name of its text
    models: set[str] = field(default_factory=set)  # whose unit tests judge it

    @property
    def text(self) -> str:
        return getattr(self.holder, self.attribute)

    def mutants(self) -> Iterator[Mutant]:
        return mutants(self.file, self.text, self.first_line)


class Judge:
    """All unit tests of the project; `database` holds the relations whose types fixtures take."""

    def __init__(self, paths: CompanyPaths, database: Path, folder: Path):
        self.tests: list[UnitTest] = []
        self.results: dict[str, Any] = {}  # name → dbt's own result
        self.manifest = self._run_dbt(paths, database, folder)
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        for test in self.tests:
            if self.results[test.name].status == "pass":
                test.rows = self._rows(test)
        self.tests = [test for test in self.tests if test.rows is not None]

    def sources(self, *folders: str) -> list[Source]:
        """Models and macros under these folders (or files) of the dbt project."""
        found = []
        for node in self.manifest.nodes.values():
            if node.resource_type == "model" and node.original_file_path.startswith(folders):
                models = {node.unique_id}
                found.append(Source(node.original_file_path, 1, node, "raw_code", models))
        for macro in self.manifest.macros.values():
            path = macro.original_file_path
            if macro.package_name != "customer_health" or not path.startswith(folders):
                continue
            if not macro.name.startswith(OTHER_ENGINES) or self._is_used(macro):
                text = (DBT / path).read_text()
                line = text.count("\n", 0, text.index(macro.macro_sql)) + 1
                users = self._users(macro.unique_id)
                found.append(Source(path, line, macro, "macro_sql", users))
        return sorted(found, key=lambda source: (source.file, source.first_line))

    def source_with(self, file: str, text: str) -> Source:
        """The one model or macro of the file in which the text stands."""
        found = [source for source in self.sources(file) if text in source.text]
        assert len(found) == 1 and found[0].text.count(text) == 1, f"{file} has not one {text!r}"
        return found[0]

    def catches(self, source: Source, text: str) -> str | None:
        """The name of the first test that tells the text from the right one; None for none."""
        right = source.text
        judges = [test for test in self.tests if test.model in source.models]
        self._put(source, text)
        try:
            for test in sorted(judges, key=lambda test: -test.kills):
                try:
                    is_caught = self._rows(test) != test.rows
                except Exception:  # whatever the mutant does to Jinja or SQL
                    is_caught = True
                if is_caught:
                    test.kills += 1
                    return test.name
        finally:
            self._put(source, right)
        return None

    def _put(self, source: Source, text: str) -> None:
        setattr(source.holder, source.attribute, text)
        for test in self.tests:
            if source.attribute == "raw_code" and test.model in source.models:
                test.node.raw_code = text

    def _rows(self, test: UnitTest) -> list[str]:
        from dbt.clients import jinja

        sql = jinja.get_rendered(test.node.raw_code, test.context, test.node)
        names = ", ".join(f'"{name}"' for name in test.columns) or "*"
        found = self.connection.execute(
            f"with {test.fixtures} select {names} from (\n{sql}\n) as judged"
        )
        return sorted(str(row) for row in found.fetchall())

    def _is_used(self, macro: Any) -> bool:
        """An implementation for any engine that DuckDB has no own one of."""
        name = macro.name.split("__", 1)[1]
        own = f"macro.customer_health.duckdb__{name}"
        return macro.name.startswith("default__") and own not in self.manifest.macros

    def _users(self, macro_id: str) -> set[str]:
        """Models that render the macro, by themselves or through other macros."""
        names = {macro_id}
        while True:
            more = {
                macro.unique_id
                for macro in self.manifest.macros.values()
                if macro.package_name == "customer_health"
                and (names & set(macro.depends_on.macros) or self._dispatches(macro, names))
            }
            if more <= names:
                break
            names |= more
        return {
            node.unique_id
            for node in self.manifest.nodes.values()
            if node.resource_type == "model" and names & set(node.depends_on.macros)
        }

    @staticmethod
    def _dispatches(macro: Any, names: set[str]) -> bool:
        """`add_days` reaches `duckdb__add_days` by its name."""
        return any(
            f"dispatch('{name.rsplit('.', 1)[1].split('__', 1)[1]}')" in macro.macro_sql
            for name in names
            if "__" in name.rsplit(".", 1)[1]
        )

    def _run_dbt(self, paths: CompanyPaths, database: Path, folder: Path) -> Any:
        from dbt.cli.main import dbtRunner

        arguments = ["--project-dir", str(paths.dbt_view), "--profiles-dir", str(DBT)]
        arguments += ["--target", "duckdb"]
        arguments += ["--log-level", "none", "--target-path", str(folder / "target")]
        arguments += ["--log-path", str(folder)]
        # what the build's refresh parsed; dbt parses anew where the environment is another one
        shutil.copytree(paths.target, folder / "target")
        try:
            with exported(dbt_view_environment(paths) | {"HEALTH_MEMORY_LIMIT": ""}):
                parsed = dbtRunner().invoke(["parse", *arguments])
            with exported(dbt_view_environment(paths, database)), self._captured():
                command = ["test", "--select", "test_type:unit", "--threads", "1"]
                outcome = dbtRunner(manifest=parsed.result).invoke([*command, *arguments])
        finally:
            close_duckdb()
        assert outcome.result is not None, outcome.exception
        self.results = {item.node.name: item for item in outcome.result.results}
        return parsed.result

    @contextlib.contextmanager
    def _captured(self) -> Iterator[None]:
        from dbt.context.providers import generate_runtime_unit_test_context
        from dbt.task.test import TestRunner

        original, tests = TestRunner.execute_unit_test, self.tests

        def execute(runner: Any, definition: Any, manifest: Any) -> Any:
            own = runner.build_unit_test_manifest_from_test(definition, manifest)
            node = runner.compiler.compile_node(
                own.nodes[definition.unique_id], own, {}, write=False
            )
            rows = node.config.expected_rows
            tests.append(
                UnitTest(
                    name=definition.name,
                    model=node.tested_node_unique_id,
                    node=node,
                    context=generate_runtime_unit_test_context(node, runner.config, own),
                    fixtures=", ".join(cte.sql for cte in node.extra_ctes),
                    columns=tuple(rows[0]) if rows else (),
                )
            )
            return original(runner, definition, manifest)

        TestRunner.execute_unit_test = execute
        try:
            yield
        finally:
            TestRunner.execute_unit_test = original
