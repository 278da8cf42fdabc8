"""dbt in this process: parse once, build once, say how it goes, explain what failed.

Knows nothing of Dagster and nothing of publishing. dbt is imported inside the functions, because
its import takes seconds that a refresh without new input must not spend.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.base.errors import Blocked, HealthError
from orchestration.base.files import explain, write_atomic
from orchestration.base.masking import MASK, engine_message
from orchestration.base.settings import CompanyPaths, Settings, dbt_environment, exported

EXAMPLES = 3
LOG_BYTES = 2_000_000  # of dbt's log file; dbt keeps five older ones beside it
LINE_EVERY_SECONDS = 5.0


@dataclass
class Project:
    """The parsed dbt project: dbt's own object for building, the JSON for everyone else."""

    manifest: Any
    content: dict[str, Any]
    paths: CompanyPaths
    seconds: float

    def node(self, unique_id: str) -> dict[str, Any]:
        return self.content["nodes"].get(unique_id) or self.content["sources"][unique_id]


@dataclass(frozen=True)
class NodeResult:
    """What became of one node of the build."""

    unique_id: str
    resource_type: str
    name: str
    layer: str
    status: str
    seconds: float
    message: str = ""
    failures: int | None = None

    @property
    def is_failed_test(self) -> bool:
        return self.resource_type == "test" and self.status == "fail"

    @property
    def is_warning(self) -> bool:
        return self.resource_type == "test" and self.status == "warn"

    @property
    def is_error(self) -> bool:
        return self.status in {"error", "runtime error"}


@dataclass(frozen=True)
class Failure:
    """A data test that failed or warned, with what a person needs to act on it."""

    test: str
    about: str
    rows: int
    description: str
    owner: str
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class BuildOutcome:
    results: list[NodeResult]
    failures: list[Failure]
    seconds: float
    warnings: list[Failure] = field(default_factory=list)

    @property
    def checks_passed(self) -> int:
        return sum(1 for r in self.results if r.resource_type == "test" and r.status == "pass")


def parse(settings: Settings, paths: CompanyPaths) -> Project:
    """Parse the project for one company. dbt keeps what it parsed in the company's target path."""
    from dbt.cli.main import dbtRunner

    began = time.monotonic()
    paths.target.mkdir(parents=True, exist_ok=True)
    paths.generated.mkdir(parents=True, exist_ok=True)
    with exported(dbt_environment(paths)):
        outcome = dbtRunner().invoke(["parse", *_arguments(settings, paths)])
    if not outcome.success:
        raise HealthError(
            f"dbt can't read the project in {settings.dbt_project_dir.name}/: "
            f"{outcome.exception or outcome.result}"
        ) from outcome.exception
    content = json.loads((paths.target / "manifest.json").read_text())
    return Project(outcome.result, content, paths, time.monotonic() - began)


def build(
    settings: Settings,
    project: Project,
    build_file: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    select: tuple[str, ...] = (),
) -> BuildOutcome:
    """Build and test everything into the build file. Raises nothing: see `require_success`."""
    from dbt.cli.main import dbtRunner

    began = time.monotonic()
    counter = _Counter(project, say)
    arguments = ["build", *_arguments(settings, project.paths)]
    # run_results.json would keep what the engine quoted; parsing has written the manifest
    arguments += ["--exclude-resource-type", "unit_test", "--no-write-json"]
    if select:
        arguments += ["--select", *select]
    try:
        with exported(dbt_environment(project.paths, build_file)):
            outcome = dbtRunner(manifest=project.manifest, callbacks=[counter.on_event]).invoke(
                arguments
            )
    finally:
        close_duckdb()
    raw = list(getattr(outcome.result, "results", None) or [])
    if outcome.exception is not None and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # interrupted
    if outcome.exception is not None and not raw:
        raise explain(outcome.exception) or HealthError(
            f"dbt stopped: {engine_message(outcome.exception)}"
        ) from None
    results = [node_result(item) for item in raw]
    told = list(zip(raw, results, strict=True))
    return BuildOutcome(
        results=results,
        failures=[_failure(project, build_file, item) for item, one in told if one.is_failed_test],
        seconds=time.monotonic() - began,
        warnings=[_failure(project, build_file, item) for item, one in told if one.is_warning],
    )


def require_success(outcome: BuildOutcome) -> None:
    """Model errors end the refresh with exit code 1, failed data tests with 3."""
    errors = [result for result in outcome.results if result.is_error]
    if errors and all("Constraint Error" in result.message for result in errors):
        raise Blocked(
            "Rows break the contract of what readers see; nothing was published, readers keep the "
            "last version.\n" + "\n".join(_error_text(result) for result in errors) + "\n"
            "  to do: find the rows in the model's inputs (the build stops before they are kept), "
            "mend the landed files or the model, and run the refresh again."
        )
    if errors:
        text = "\n".join(_error_text(result) for result in errors[:10])
        more = f"\nand {len(errors) - 10} more" if len(errors) > 10 else ""
        refused = explain(RuntimeError(text))
        if refused:
            raise refused
        skipped = sum(1 for result in outcome.results if result.status == "skipped")
        raise HealthError(
            f"{len(errors)} of {len(outcome.results)} steps of the build failed "
            f"({skipped} were skipped because of them); nothing was published.\n{text}{more}\n"
            "The models are at fault, not the input: mend the SQL named above, or go back to the "
            "last version of the project that worked."
        )
    if outcome.failures:
        count = len(outcome.failures)
        raise Blocked(
            f"{count} check{'s' if count > 1 else ''} failed; nothing was published, readers keep "
            "the last version.\n" + "\n".join(failure_text(item) for item in outcome.failures)
        )


def warning_lines(failure: Failure) -> list[str]:
    """What a test that warned found: nothing stops, and somebody should look."""
    count = f"{failure.rows} row{'' if failure.rows == 1 else 's'}"
    return [f"warned: {failure.test}: {count}. {failure.description}", *_example_lines(failure)]


def _example_lines(failure: Failure) -> list[str]:
    return [
        "    example: " + ", ".join(f"{name}={value}" for name, value in example.items())
        for example in failure.examples
    ]


def failure_text(failure: Failure) -> str:
    lines = [f"  {failure.test} (on {failure.about}): {failure.rows} rows"]
    if failure.description:
        lines.append(f"    rule: {failure.description}")
    lines += _example_lines(failure)
    owner = f" Who mends it: {failure.owner}." if failure.owner else ""
    lines.append(
        f"    to do: look at the rows above in {failure.about}, mend the landed files or the "
        f"model, and run the refresh again.{owner}"
    )
    return "\n".join(lines)


def keep_manifest(project: Project) -> None:
    """Leave production's manifest where `--defer --state` and people look for it."""
    content = (project.paths.target / "manifest.json").read_bytes()
    write_atomic(project.paths.dbt_state / "manifest.json", content)
    write_atomic(project.paths.dbt_manifest, content)


def layer_of(node: dict[str, Any]) -> str:
    """staging, activity, …; the folder that the node's schema is named after."""
    if node["resource_type"] == "seed":
        return "scorecards"
    return (node.get("config") or {}).get("schema") or node.get("schema") or "main"


def _arguments(settings: Settings, paths: CompanyPaths) -> list[str]:
    return [
        *("--project-dir", str(settings.dbt_project_dir)),
        *("--profiles-dir", str(settings.dbt_project_dir)),
        *("--target", "duckdb"),
        *("--target-path", str(paths.target)),
        *("--log-path", str(paths.logs)),
        *("--log-level", "none", "--log-level-file", settings.log_level),
        *("--log-file-max-bytes", str(LOG_BYTES)),
        "--no-use-colors",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
    ]


def close_duckdb() -> None:
    """dbt-duckdb keeps the file open after a run; nobody else in this process could open it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()


class _Counter:
    """Counts finished nodes by layer; says so when a layer is complete or time has passed."""

    def __init__(self, project: Project, say: Callable[[str], None]):
        self._project = project
        self._say = say
        self._began = self._last = time.monotonic()
        self._total = 0
        self._done = 0
        self._expected = Counter(
            self._layer(unique_id)
            for unique_id, node in project.content["nodes"].items()
            if node["resource_type"] in {"model", "seed", "test"}
        )

    def _layer(self, unique_id: str) -> str:
        node = self._project.content["nodes"].get(unique_id) or {}
        if node.get("resource_type") != "test":
            return layer_of(node) if node else ""
        parents = [self._project.content["nodes"].get(p) for p in node["depends_on"]["nodes"]]
        layers = [layer_of(parent) for parent in parents if parent]
        return layers[-1] if layers else "raw"

    def on_event(self, event: Any) -> None:
        if event.info.name == "ConcurrencyLine":
            self._total = getattr(event.data, "node_count", 0)
        if event.info.name != "NodeFinished":
            return
        self._done += 1
        layer = self._layer(event.data.node_info.unique_id)
        self._expected[layer] -= 1
        now = time.monotonic()
        if self._expected[layer] == 0:
            self._line(now, f"{layer} complete")
        elif now - self._last >= LINE_EVERY_SECONDS:
            self._line(now, f"now at {layer}")

    def _line(self, now: float, text: str) -> None:
        total = self._total or sum(1 for _ in self._project.content["nodes"])
        self._say(f"{self._done} of {total}, {now - self._began:.1f} s: {text}")
        self._last = now


def node_result(item: Any) -> NodeResult:
    """What dbt says about one node that it ran."""
    node = item.node
    return NodeResult(
        unique_id=node.unique_id,
        resource_type=str(getattr(node.resource_type, "value", node.resource_type)),
        name=node.name,
        layer=str(node.schema),
        status=str(getattr(item.status, "value", item.status)),
        seconds=round(item.execution_time, 3),
        message=item.message or "",
        failures=item.failures,
    )


def _error_text(result: NodeResult) -> str:
    message = " ".join(engine_message(result.message).split()).split(" > in macro ")[0]
    return f"  {result.resource_type} {result.name}: {message[:600]}"


def _failure(project: Project, build_file: Path, item: Any) -> Failure:
    node = project.content["nodes"][item.node.unique_id]
    meta = (node.get("config") or {}).get("meta") or {}
    parents = [parent.rsplit(".", 1)[-1] for parent in node["depends_on"]["nodes"]]
    attached = node.get("attached_node")
    about = attached.rsplit(".", 1)[-1] if attached else ", ".join(parents) or node["name"]
    model = (project.content["nodes"].get(attached or "") or {}).get("config") or {}
    return Failure(
        test=node["name"],
        about=about,
        rows=item.failures or 0,
        description=" ".join((node.get("description") or meta.get("description") or "").split()),
        owner=str(meta.get("owner") or (model.get("meta") or {}).get("owner") or ""),
        examples=_examples(
            build_file, getattr(item.node, "compiled_code", None), _shown_columns(project, node)
        ),
    )


def _examples(build_file: Path, sql: str | None, shown: set[str]) -> list[dict[str, Any]]:
    """Up to three rows that the test found; texts of columns that are not `shown` are masked."""
    if not sql:
        return []
    import duckdb

    from orchestration.base.lockdown import open_read_only

    try:
        with open_read_only(build_file) as connection:
            cursor = connection.execute(f"select * from ({sql}) as failing limit {EXAMPLES}")
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
    except duckdb.Error:
        return []
    return [
        {
            name: MASK if isinstance(value, str) and name.lower() not in shown else _short(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]


def _shown_columns(project: Project, test: dict[str, Any]) -> set[str]:
    """Columns whose text a failing test may show: declared, and nowhere as personal.

    A name that the test made up may hide anything, and so may a raw column of any name.
    """
    sources = project.content["sources"]
    parents = [sources[parent] for parent in test["depends_on"]["nodes"] if parent in sources]
    if any(parent["source_name"] != "config" for parent in parents):
        return set()
    declared: set[str] = set()
    personal: set[str] = set()
    for node in [*project.content["sources"].values(), *project.content["nodes"].values()]:
        for column in (node.get("columns") or {}).values():
            meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
            (personal if meta.get("personal") else declared).add(column["name"].lower())
    return declared - personal


def _short(value: Any) -> str:
    text = "null" if value is None else " ".join(str(value).split())
    return text if len(text) <= 80 else text[:77] + "..."
