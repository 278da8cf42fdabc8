"""The pages for who works on the models, done as they say in a copy of the project.

The copy reads what the samples' refresh left; how a page is followed: tests/support/pages.py.
"""

import shutil
import subprocess

import duckdb
import pytest

from tests.support.clone import as_it_was, environment, workplace
from tests.support.pages import Follower

LEFT_BY_DEV = ("dev.duckdb", "dev.duckdb.wal", "target_dev")


@pytest.fixture(scope="module")
def project(audited, tmp_path_factory):
    """The copy; what is built in it lies beside the samples' state, and is removed in the end."""
    state = audited["office_software"].parents[1]
    folder = tmp_path_factory.mktemp("pages")
    yield workplace(folder / "project", state.parents[1])
    for name in LEFT_BY_DEV:
        path = state / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@pytest.fixture
def follower(project):
    """Each page finds the project as it is in git, and nothing built; what dbt parsed stays."""
    as_it_was(project)
    (project / "state" / "office_software" / "dev.duckdb").unlink(missing_ok=True)
    return Follower(project, environment(project))


def page(follower, name):
    return follower.root / "dbt_project" / "docs" / name


def published(project):
    return (project / "published" / "office_software" / "current").readlink()


def test_adding_an_indicator_ends_as_it_says(follower):
    root = follower.root
    follower.follow(page(follower, "adding-an-indicator.md"))
    built = root / "state" / "office_software" / "dev.duckdb"
    with duckdb.connect(str(built), read_only=True) as dev:
        (counted,) = dev.execute(
            "select questions_opened_30d from indicators.int_support__indicators "
            "where account_id = 'hand_support' and as_of_date = date '2026-01-25'"
        ).fetchone()
    golden = (root / "tests" / "golden" / "indicator_values.csv").read_text(encoding="utf-8")
    assert f"hand_support,2026-01-25,questions_opened_30d,{counted:g}," in golden
    # "`make test-quick` names what is still missing": nothing that knows of indicators
    command = [".venv/bin/python", "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    names = ("test_models.py", "test_pages.py")
    done = subprocess.run(
        [*command, *(f"tests/conventions/{name}" for name in names)],
        cwd=root,
        env=follower.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


# After the other page: a sample of accounts makes dbt parse everything anew.
def test_editors_builds_compares_and_publishes_nothing(follower):
    before = published(follower.root)
    printed = follower.follow(page(follower, "editors.md"))
    assert published(follower.root) == before
    # the sample of accounts was one
    assert "rows added 0, removed " in printed and "rows added 0, removed 0," not in printed
    assert "Nothing to do" not in printed
