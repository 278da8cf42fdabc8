"""A miniature of the project and a company of three accounts, refreshed once for all tests.

Tests that change something work on a copy (`world.copy`), so that none sees another's changes.
"""

import pytest

from orchestration.base.settings import silence_telemetry
from tests.support.mini import World, make_world


@pytest.fixture(scope="session")
def published_world(tmp_path_factory) -> World:
    """Refreshed once; read it, never change it."""
    silence_telemetry()
    world = make_world(tmp_path_factory.mktemp("mini"))
    world.refresh()
    return world


@pytest.fixture
def world(published_world, tmp_path) -> World:
    """A copy of the published world that a test may change."""
    return published_world.copy(tmp_path / "world")
