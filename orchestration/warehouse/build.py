"""dbt in this process: parse once, build once, say how it goes; then the data tests.

Knows nothing of Dagster and nothing of publishing. dbt is imported inside the functions, because
its import takes seconds that a refresh without new input must not spend.
"""

import json
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestration.base.errors import HealthError
from orchestration.base.files import explain, write_atomic
from orchestration.base.masking import engine_message
from orchestration.base.progress import Stage
from orchestration.base.settings import CompanyPaths, Settings, dbt_view_environment, exported
from orchestration.warehouse import checks, dbt_view
from orchestration.warehouse.basis import Basis
from orchestration.warehouse.layers import built_nodes
from orchestration.warehouse.outcome import BuildOutcome, NodeResult
from orchestration.warehouse.parsed import Project
from orchestration.warehouse.steps import Steps
from orchestration.warehouse.unchanged import unchanged, with_same_columns

MANIFEST, PARSED = "manifest.json", "partial_parse.msgpack"  # dbt's, in its target path
LEFT_OUT = "left_as_it_is"  # a tag of one build, in memory alone
LOG_BYTES = 2_000_000  # of dbt's log file; dbt keeps five older ones beside it


def parse(settings: Settings, paths: CompanyPaths) -> Project:
    """Parse a company's view of the project. dbt keeps what it parsed in its target path."""
    began = time.monotonic()
    paths.target.mkdir(parents=True, exist_ok=True)
    paths.generated.mkdir(parents=True, exist_ok=True)
    dbt_view.take_over(paths, PARSED)
    before = _parsed_at(paths)
    with exported(dbt_view_environment(paths) | {"HEALTH_MEMORY_LIMIT": ""}):
        content = _kept_manifest(paths)
        outcome = _parse(settings, paths, ["--no-write-json"] if content else [])
        if outcome.success and content and not _is_latest(paths):
            content = None
            outcome = _parse(settings, paths, [])
    if not outcome.success:
        raise HealthError(
            f"dbt can't read the project in {settings.dbt_project_dir.name}/: "
            f"{outcome.exception or outcome.result}"
        ) from outcome.exception
    if _parsed_at(paths) != before:
        dbt_view.hand_on(paths, PARSED)
    content = content or json.loads((paths.target / MANIFEST).read_text())
    project = Project(outcome.result, content, paths, paths.dbt_view, time.monotonic() - began)
    checks.require_honoured(project)
    return project


def _parsed_at(paths: CompanyPaths) -> int:
    parsed = paths.target / PARSED
    return parsed.stat().st_mtime_ns if parsed.exists() else 0


def _parse(settings: Settings, paths: CompanyPaths, more: list[str]) -> Any:
    from dbt.cli.main import dbtRunner

    from orchestration.warehouse.dbt_events import few_events

    with few_events():
        return dbtRunner().invoke(["parse", *more, *_arguments(settings, paths, paths.dbt_view)])


def _kept_manifest(paths: CompanyPaths) -> dict[str, Any] | None:
    """What dbt wrote last: writing it takes as long as reading what was parsed before.

    None where there is none, or none that will do.
    """
    try:
        return json.loads((paths.target / MANIFEST).read_text()) if _is_latest(paths) else None
    except (OSError, ValueError):  # cut short
        return None


def _is_latest(paths: CompanyPaths) -> bool:
    """Whether dbt found nothing to parse since it wrote the manifest."""
    written, parsed = paths.target / MANIFEST, paths.target / PARSED
    return (
        written.exists()
        and parsed.exists()
        and written.stat().st_mtime_ns >= parsed.stat().st_mtime_ns
    )


def build(
    settings: Settings,
    project: Project,
    build_file: Path,
    stage: Stage,
    *,
    basis: Basis | None = None,
    is_tested: bool = True,
) -> BuildOutcome:
    """Build everything into the build file, then test it. Raises nothing: see `require_success`.

    `basis` is what the file began with; without one it holds what was landed, and nothing else.
    """
    began = time.monotonic()
    left_out = unchanged(
        project.content, basis, lambda: with_same_columns(project.paths, build_file)
    )
    sql: dict[str, str] = {}
    try:
        with exported(dbt_view_environment(project.paths, build_file)):
            results = _build_nodes(settings, project, left_out, stage)
            if is_tested:
                sql = checks.compiled(
                    project, settings.dbt_project_dir, lambda: _compile_tests(settings, project)
                )
    finally:
        close_duckdb()
    tested = checks.Tested()
    if is_tested:
        before = project.paths.audited_file if basis and not basis.is_full else None
        tested = _test(settings, project, build_file, sql, results, before, stage)
    return BuildOutcome(
        results=[*(_behind_a_failure(each, tested) for each in results), *tested.results],
        failures=tested.failures,
        warnings=tested.warnings,
        seconds=time.monotonic() - began,
        left_out=len(left_out),
    )


def _build_nodes(
    settings: Settings, project: Project, left_out: set[str], stage: Stage
) -> list[NodeResult]:
    """Models and seeds, by dbt."""
    nodes = dict(built_nodes(project.content))
    wanted = nodes.keys() - left_out
    steps = Steps(project, wanted, stage.line)
    stage.at_work = steps.running
    # run_results.json would keep what the engine quoted; parsing has written the manifest
    command = ["build", "--exclude-resource-type", "test", "unit_test", "--no-write-json"]
    if left_out:
        command += ["--exclude", f"tag:{LEFT_OUT}"]
    with _tagged(project, left_out):
        outcome = _invoke(settings, project, command, steps.on_event)
    raw = list(getattr(outcome.result, "results", None) or [])
    results = [node_result(item) for item in raw]
    others = wanted ^ {result.unique_id for result in results}
    if others and outcome.exception is not None:
        raise explain(outcome.exception) or HealthError(
            f"dbt stopped: {engine_message(outcome.exception)}"
        ) from None
    if others:
        raise HealthError(
            f"dbt was to build {len(wanted)} models and seeds and built others: "
            f"{', '.join(sorted(others)[:5])}. Run `health refresh --full`, and report it: "
            "orchestration/warehouse/build.py and unchanged.py choose them."
        )
    return results


@contextmanager
def _tagged(project: Project, left_out: Set[str]) -> Iterator[None]:
    """A tag for what the build leaves out: dbt walks the whole graph for each name in a list."""
    nodes = [project.manifest.nodes[unique_id] for unique_id in left_out]
    before = [node.tags for node in nodes]
    for node in nodes:
        node.tags = [*node.tags, LEFT_OUT]
    try:
        yield
    finally:
        for node, tags in zip(nodes, before, strict=True):
            node.tags = tags


def _compile_tests(settings: Settings, project: Project) -> dict[str, str]:
    outcome = _invoke(
        settings,
        project,
        ["compile", "--select", "resource_type:test", "--no-write-json", "--no-populate-cache"],
    )
    if not outcome.success:
        raise HealthError(
            f"dbt can't compile the data tests: {outcome.exception or outcome.result}"
        ) from outcome.exception
    return {item.node.unique_id: item.node.compiled_code for item in outcome.result.results}


def _test(
    settings: Settings,
    project: Project,
    build_file: Path,
    sql: dict[str, str],
    built: list[NodeResult],
    before: Path | None,
    stage: Stage,
) -> checks.Tested:
    began = time.monotonic()

    def begins(name: str) -> None:
        since = time.monotonic()
        stage.at_work = lambda: f"{name} ({time.monotonic() - since:.0f} s)"

    tested = checks.evaluate(
        project,
        build_file,
        sql,
        built,
        before=before,
        memory_limit=settings.memory_limit,
        begins=begins,
    )
    stage.line(f"{len(tested.results)} checks, {time.monotonic() - began:.1f} s")
    return tested


def _behind_a_failure(result: NodeResult, tested: checks.Tested) -> NodeResult:
    """A model that stumbled over rows which a test before it refuses is not what is at fault."""
    is_behind = result.is_error and result.unique_id in tested.behind_failures
    return replace(result, status="skipped", message="") if is_behind else result


def keep_manifest(project: Project) -> None:
    """Leave production's manifest where `--defer --state` and people look for it."""
    content = (project.paths.target / MANIFEST).read_bytes()
    write_atomic(project.paths.dbt_state / "manifest.json", content)
    write_atomic(project.paths.dbt_manifest, content)


def _invoke(
    settings: Settings,
    project: Project,
    command: list[str],
    on_event: Callable[[Any], None] = lambda event: None,
) -> Any:
    from dbt.cli.main import dbtRunner

    from orchestration.warehouse.dbt_events import few_events

    runner = dbtRunner(manifest=project.manifest, callbacks=[on_event])
    with few_events():
        outcome = runner.invoke([*command, *_arguments(settings, project.paths, project.view)])
    if outcome.exception is not None and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # interrupted
    return outcome


def _arguments(settings: Settings, paths: CompanyPaths, view: Path) -> list[str]:
    return [
        *("--project-dir", str(view)),
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


def node_result(item: Any) -> NodeResult:
    """What dbt says about one node that it ran."""
    node = item.node
    return NodeResult(
        unique_id=node.unique_id,
        resource_type=str(getattr(node.resource_type, "value", node.resource_type)),
        name=node.name,
        status=str(getattr(item.status, "value", item.status)),
        seconds=round(item.execution_time, 3),
        message=item.message or "",
        failures=item.failures,
    )
