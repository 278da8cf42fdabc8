"""One warm worker for all tests, and a published world of which each test gets a copy."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.client import Worker
from tests.faults.company import World, make_small
from tests.faults.kills import Killing


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Iterator[tuple[World, Worker]]:
    """Refreshed once, so that its build lies there for the orders that only publish."""
    world = make_small(tmp_path_factory.mktemp("faults"))
    worker = Worker(world, "mini")
    Killing(world, worker, random.Random(0)).first_refresh()
    yield world, worker
    worker.close()


@pytest.fixture
def world(base, tmp_path) -> World:
    return copy_of(base[0], tmp_path / "world")


@pytest.fixture
def killing(base, world) -> Killing:
    """What runs refreshes of the copy, undisturbed or not, and judges what readers then see."""
    return Killing(world, base[1], random.Random(0), generation=2)


def copy_of(world: World, root: Path) -> World:
    shutil.copytree(world.root, root, symlinks=True, ignore=shutil.ignore_patterns("project"))
    return replace(world, root=root)
