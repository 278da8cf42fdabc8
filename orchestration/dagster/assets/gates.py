"""The gates as steps of their own: after landing before the build, and after it before publishing.

What blocks there ends the run, as a failed data test does. A run that builds some models alone, in
the dev file, has no gates.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.company.tables import raw_tables
from orchestration.dagster.checks import Translator
from orchestration.dagster.checks.expectations import check_results, marts_specs, raw_specs
from orchestration.dagster.jobs import WRITER
from orchestration.expectations.gate import require_passed
from orchestration.refresh import Refresh
from orchestration.warehouse.parsed import Project

MART = "fct_account_health"


def gate_checks(project: Project, translator: Translator) -> list[dg.AssetChecksDefinition]:
    """Both gates."""
    raw = {
        node["name"]: translator.get_asset_key(node)
        for node in project.content["sources"].values()
        if node["source_name"] == "raw" and node["name"] in raw_tables()
    }
    mart = next(
        translator.get_asset_key(node)
        for node in project.content["nodes"].values()
        if node["resource_type"] == "model" and node["name"] == MART
    )
    of_raw, of_marts = raw_specs(raw), marts_specs(mart)

    @dg.multi_asset_check(
        name="expect_raw",
        specs=of_raw,
        can_subset=True,
        required_resource_keys={"refresh"},
        pool=WRITER,
    )
    def expect_raw(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        refresh: Refresh = context.resources.refresh
        if not refresh.has_landed:
            return
        with refresh.recording():
            outcome = refresh.expect_raw()
        subjects = {key: table for table, key in raw.items()}
        yield from check_results(of_raw, subjects, outcome.results)
        with refresh.recording():
            require_passed(outcome)

    @dg.multi_asset_check(
        name="expect_marts",
        specs=of_marts,
        can_subset=True,
        required_resource_keys={"refresh"},
        pool=WRITER,
    )
    def expect_marts(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        refresh: Refresh = context.resources.refresh
        if refresh.gates is None:
            return
        with refresh.recording():
            outcome = refresh.expect_marts()
        yield from check_results(of_marts, {mart: MART}, outcome.results)
        with refresh.recording():
            require_passed(outcome)

    return [expect_raw, expect_marts]
