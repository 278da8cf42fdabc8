"""A miniature of the project and a company of three accounts, refreshed once for all tests.

Tests that change something work on a copy (`world`), so that none sees another's changes.
"""

from collections.abc import Iterator

import pytest

from orchestration.base.settings import silence_telemetry
from tests.support.mini import World, make_world


@pytest.fixture(scope="session")
def published_world(tmp_path_factory) -> World:
    """Refreshed once; read it, never change it."""
    silence_telemetry()
    world = make_world(tmp_path_factory.mktemp("mini") / "live")
    world.refresh()
    return world.moved(world.root.with_name("published"))


@pytest.fixture
def world(published_world, tmp_path) -> Iterator[World]:
    """A copy of the published world that a test may change.

    It stands where it was made: dbt parses a project anew that it finds elsewhere, which takes
    longer than the rest of a refresh. What a test leaves is kept in the test's own folder.
    """
    world = published_world.copy(published_world.root.with_name("live"))
    yield world
    world.moved(tmp_path / "world")
