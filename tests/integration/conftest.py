"""A miniature of the project and a company of three accounts, refreshed once for all tests.

Tests that change something work on a copy (`world`), so that none sees another's changes.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.base.settings import silence_telemetry
from tests.support.mini import World, make_world


@pytest.fixture(scope="session")
def standing_place(tmp_path_factory) -> Path:
    """Where every world stands while it is refreshed.

    dbt parses a project anew that it finds elsewhere: longer than the rest of a refresh takes.
    """
    return tmp_path_factory.mktemp("mini") / "world"


@pytest.fixture(scope="session")
def published_world(standing_place) -> World:
    """Refreshed once; read it, never change it."""
    silence_telemetry()
    world = make_world(standing_place)
    world.refresh()
    return world.moved(standing_place.with_name("published"))


@pytest.fixture
def world(published_world, standing_place, tmp_path) -> Iterator[World]:
    """A copy of the published world, which a test may change and whose remains its folder keeps."""
    world = published_world.copy(standing_place)
    yield world
    world.moved(tmp_path / "world")
