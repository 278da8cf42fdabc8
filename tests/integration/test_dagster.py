"""The job that the command line, the schedule and the web interface share."""

from datetime import timedelta

import dagster as dg
import duckdb
import pytest
from dagster import AssetKey

from orchestration.base.settings import PROJECT_ROOT, Settings
from orchestration.company.tables import raw_tables
from orchestration.dagster.definitions import build_defs
from orchestration.publishing import versions
from orchestration.refresh import Refresh
from orchestration.warehouse.layers import order_of_layers
from orchestration.warehouse.parsed import Project
from orchestration.warehouse.project import prepare_project


def nodes(project: Project, *kinds):
    found = project.content["nodes"].values()
    return [node for node in found if node["resource_type"] in kinds]


def definitions(world, project=None, **resources):
    return build_defs(resource_overrides=resources, settings=world.settings, project=project)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real project, parsed for the office sample in a state folder of its own."""
    root = tmp_path_factory.mktemp("real")
    settings = Settings(
        state_dir=root / "state",
        published_dir=root / "published",
        company_folder=PROJECT_ROOT / "seeds" / "companies" / "office_software",
    )
    paths = settings.paths("office_software")
    project = prepare_project(settings, paths, settings.company_folder / "scorecards")
    yield project, build_defs(settings=settings, project=project)
    import shutil

    shutil.rmtree(paths.for_dbt)


def test_each_model_is_an_asset_and_each_data_test_a_check_on_what_it_is_about(real):
    project, defs = real
    graph = defs.resolve_asset_graph()
    names = {key.path[-1] for key in graph.materializable_asset_keys}
    assert {node["name"] for node in nodes(project, "model", "seed")} <= names
    checks = {key.name for key in graph.asset_check_keys if not key.name.startswith("gx_")}
    assert checks == {node["name"] for node in nodes(project, "test")}
    on_sources = [key for key in graph.asset_check_keys if key.asset_key.path[0] == "raw"]
    on_sources = [key for key in on_sources if key.name in checks]
    assert len(on_sources) <= len(checks) / 2


def test_layers_stand_in_the_order_in_which_they_are_made(real):
    project, _ = real
    order = order_of_layers(project.content)
    folders = {path.name for path in (PROJECT_ROOT / "dbt_project" / "models").iterdir()}
    assert set(order) == folders | {"scorecards"}
    made = ["scorecards", "staging", "activity", "indicators", "scoring", "rollups", "marts"]
    assert sorted(made, key=order.__getitem__) == made


def test_a_test_on_several_models_is_a_check_on_the_one_nearest_to_the_readers(real):
    _, defs = real
    on = {key.name: key.asset_key.path for key in defs.resolve_asset_graph().asset_check_keys}
    assert on["fct_module_scores_recompute"] == ["marts", "fct_module_scores"]
    assert on["fct_ctas_owners_can_work_what_is_open"] == ["marts", "fct_ctas"]


def test_great_expectations_stand_on_every_raw_table_and_on_the_scores(real):
    _, defs = real
    graph = defs.resolve_asset_graph()
    on = {}
    for key in graph.asset_check_keys:
        if key.name.startswith("gx_"):
            on.setdefault(key.asset_key.path[-1], set()).add(key.name)
            assert graph.get_check_spec(key).blocking
    assert on.pop("fct_account_health") == {"gx_scores"}
    assert set(on) == set(raw_tables())
    assert {frozenset(names) for names in on.values()} == {
        frozenset({"gx_shape", "gx_volume", "gx_freshness", "gx_values"})
    }


def test_lineage_runs_from_landed_tables_to_what_is_published(real):
    _, defs = real
    graph = defs.resolve_asset_graph()
    published = AssetKey(["published", "customer_health"])
    upstream = graph.get_ancestor_asset_keys(published)
    assert AssetKey(["raw", "tickets"]) in upstream
    assert all(key in graph.materializable_asset_keys for key in upstream)


def test_the_job_takes_everything_and_the_schedule_runs_it_daily(real):
    _, defs = real
    for name, line in (("daily", "0 5 * * *"), ("weekly", "30 5 * * 1")):
        schedule = defs.resolve_schedule_def(name)
        assert (schedule.job.name, schedule.cron_schedule) == ("refresh", line)
        assert schedule.execution_timezone == "Europe/Berlin"
    job = defs.resolve_job_def("refresh")
    assert {node.name for node in job.nodes} == {
        "ingest", "expect_raw", "warehouse", "expect_marts", "published__customer_health",
    }  # fmt: skip
    assert job.executor_def.name == "in_process"
    assert {node.definition.pool for node in job.nodes} == {"writer"}
    policy = defs.resolve_asset_graph().get(AssetKey(["published", "customer_health"]))
    assert policy.freshness_policy.fail_window.to_timedelta() == timedelta(days=8)


def test_a_check_says_what_it_demands_and_that_it_blocks(real):
    project, defs = real
    names = {node["name"]: node for node in nodes(project, "test")}
    graph = defs.resolve_asset_graph()
    key = next(k for k in graph.asset_check_keys if k.name == "fct_account_health_key_is_unique")
    spec = graph.get_check_spec(key)
    assert spec.blocking and names[key.name]["config"]["severity"].lower() == "error"
    assert spec.description == (
        "unique_key (columns: ['account_id', 'as_of_date']). Who mends it: analytics engineering"
    )


def run(world, refresh=None):
    resources = {}
    project = None
    if refresh is not None:
        project = refresh.prepare()
        resources["refresh"] = dg.ResourceDefinition.hardcoded_resource(refresh)
    defs = definitions(world, project, **resources)
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("refresh")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    return result


def test_the_job_publishes_and_reports_every_check(world):
    world.use("second", ("b", "2025-02", 4))
    before = versions.current_version(world.paths)
    with Refresh(world.settings) as refresh:
        refresh.open()
        result = run(world, refresh)
    assert result.success and versions.current_version(world.paths) != before
    reported = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert reported and all(reported.values())
    of_dbt = [name for name in reported if not name.startswith("gx_")]
    assert len(of_dbt) == len(nodes(refresh.project, "test"))
    assert {"gx_shape", "gx_volume", "gx_scores"} <= set(reported)
    order = [event.step_key for event in result.all_events if event.is_step_success]
    assert order == [
        "ingest", "expect_raw", "warehouse", "expect_marts", "published__customer_health",
    ]  # fmt: skip


def test_a_run_without_new_input_skips_what_follows(world):
    before = versions.current_version(world.paths)
    result = run(world)
    assert result.success
    assert [event.node_name for event in result.get_step_skipped_events()] == [
        "expect_raw", "warehouse", "expect_marts", "published__customer_health",
    ]  # fmt: skip
    assert versions.current_version(world.paths) == before


def test_a_failed_check_is_reported_and_stops_before_publishing(world):
    world.use("second", ("c", "2025-02", 11))
    before = versions.current_version(world.paths)
    result = run(world)
    failed = [one.check_name for one in result.get_asset_check_evaluations() if not one.passed]
    assert not result.success
    assert failed == ["fct_account_health_score_is_at_most_100"]
    assert versions.current_version(world.paths) == before


def test_an_expectation_that_fails_is_reported_and_stops_before_the_build(world):
    before = versions.current_version(world.paths)
    accounts = world.root / "company" / "landed" / "accounts.csv"
    many = "".join(f"x{number},X,2024-01-01\n" for number in range(60))
    accounts.write_text(accounts.read_text() + many)
    result = run(world)
    failed = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert not result.success and failed == {"gx_volume"}
    assert "raw_accounts_row_count: rows of the newest snapshot" in what_failed(result)
    assert {event.step_key for event in result.all_events if event.is_step_success} == {"ingest"}
    assert versions.current_version(world.paths) == before


def materialize(world, *paths):
    """Some assets, as the web interface does it."""
    with dg.DagsterInstance.ephemeral() as instance:
        return (
            definitions(world)
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                asset_selection=[AssetKey(path) for path in paths],
                instance=instance,
                raise_on_error=False,
            )
        )


def what_failed(result):
    (failed,) = (event for event in result.all_events if event.is_step_failure)
    error = failed.step_failure_data.error
    return str(error.cause or error)


def test_some_models_are_built_in_the_dev_file_and_not_published(world):
    world.use("second", ("c", "2025-02", 3))  # nothing is landed by it either
    before = versions.current_version(world.paths)
    logged = world.paths.refresh_log.read_text()
    result = materialize(world, ["marts", "fct_account_health"])
    assert result.success
    made = result.asset_materializations_for_node("warehouse")
    assert [event.asset_key.path[-1] for event in made] == ["fct_account_health"]
    assert made[0].metadata["built in"].value == "dev file, not published"
    with duckdb.connect(str(world.paths.dev_file), read_only=True) as connection:
        rows = connection.execute("select count(*) from marts.fct_account_health").fetchone()
    assert rows[0] > 0
    assert versions.current_version(world.paths) == before
    assert world.paths.refresh_log.read_text() == logged


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ({"published"}, "Only the whole job `refresh` publishes"),
        ({"raw", "landing", "config", "ledger"}, "Raw tables are landed by the whole job"),
    ],
)
def test_what_can_not_be_made_alone_says_so(world, layers, said):
    before = versions.current_version(world.paths)
    keys = definitions(world).resolve_asset_graph().materializable_asset_keys
    result = materialize(world, *[key.path for key in keys if key.path[0] in layers])
    assert not result.success and said in what_failed(result)
    assert versions.current_version(world.paths) == before


def test_everything_selected_by_hand_is_a_refresh(world):
    world.use("second", ("b", "2025-02", 4))
    before = versions.current_version(world.paths)
    keys = definitions(world).resolve_asset_graph().materializable_asset_keys
    assert materialize(world, *[key.path for key in keys]).success
    assert versions.current_version(world.paths) != before
