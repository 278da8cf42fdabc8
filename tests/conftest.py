"""What several folders of tests share."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.program import published_by
from tests.support.quick import is_quick, without_dbt

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ("office_software", "restaurant_robots")


@pytest.hookimpl(tryfirst=True)  # before the plugin reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file run in one process, in their order; those that read the samples in one, too.

    So nothing that a file or the session shares is made twice. Those that read the samples come
    first, for they are the longest, and the quick ones last: so no process waits for another's end.
    """
    for item in items:
        file, _, _ = item.nodeid.partition("::")
        group = "samples" if reads_samples(item) else file
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: (is_quick(item.nodeid), not reads_samples(item)))


def reads_samples(item: pytest.Item) -> bool:
    return "published_samples" in item.fixturenames


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test in the quick folders builds nothing, and neither do its fixtures, shared or not.

    One that reads a build belongs into another folder: integration, golden, faults.
    """
    with without_dbt() if is_quick(item.nodeid) else nullcontext():
        return (yield)


@pytest.fixture(scope="session")
def published_samples(tmp_path_factory) -> Mapping[str, Path]:
    """Both sample companies, refreshed once: company id → its published database.

    The audited build, which has all layers, lies in `<state>/<company>/audited/`; see `audited`.
    Read them, never write.
    """
    folder = tmp_path_factory.mktemp("samples")
    companies = ROOT / "seeds" / "companies"
    return {company: published_by(companies / company, folder) for company in SAMPLES}


@pytest.fixture(scope="session")
def audited(published_samples) -> Mapping[str, Path]:
    """Company id → the audited build file behind what is published."""
    folder = next(iter(published_samples.values())).parents[3] / "state"
    return {company: folder / company / "audited" / "warehouse.duckdb" for company in SAMPLES}


@pytest.fixture(scope="session")
def judge(audited, tmp_path_factory):
    """dbt's unit tests, run once, and ready to judge changed models: see tests/mutants."""
    from orchestration.base.settings import load_settings, silence_telemetry
    from tests.mutants.judge import Judge
    from tests.support.builds import copied

    silence_telemetry()
    folder = tmp_path_factory.mktemp("judge")
    # they read only the types of the relations of a build
    build = copied(audited["office_software"], folder)
    state = audited["office_software"].parents[2]
    settings = load_settings({"STATE_DIR": str(state), "PUBLISHED_DIR": str(folder)})
    return Judge(settings.paths("office_software"), build, folder)
