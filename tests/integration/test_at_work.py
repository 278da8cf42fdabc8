"""A refresh at work says what it is at; one that is interrupted ends with one line."""

import signal
import subprocess
import sys

import pytest

from orchestration.base.settings import PROJECT_ROOT
from orchestration.publishing import versions
from tests.support.program import program_of

# Hours of work for one thread, and no memory.
LONG = "select count(*) as n from range(1000000000000) as numbers (i) where i % 7 = 8"
# A shell's background ignores the signal, and so would a test that runs there.
BEFORE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from orchestration.base import progress; progress.QUIET_SECONDS = 1.0"
)


def interrupted(world, when):
    """Run it until its lines say so, press Ctrl-C, and read the rest: lines before, after, code."""
    program = program_of(world, "refresh", before=BEFORE)
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        before = []
        for line in process.stderr:
            before.append(line)
            if when in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        return "".join(before), rest, process.wait(120)


@pytest.mark.parametrize("what", ["model", "check"])
def test_an_interrupt_ends_a_refresh_with_one_line(world, what):
    """In the middle of a long node, which has been named by then, and of a long check."""
    before = versions.current_version(world.paths)
    if what == "model":
        path = world.settings.dbt_project_dir / "models" / "marts" / "dim_long.sql"
        path.write_text(LONG)
    else:
        path = world.settings.dbt_project_dir / "tests" / "dim_long.sql"
        path.write_text(f"select * from ({LONG}) where n > 0")
    said, rest, code = interrupted(world, "at work: dim_long")
    assert "[6/8] build        " in said and "s, at work: dim_long (" in said
    assert code == 130, rest
    lines = [line for line in rest.splitlines() if "at work" not in line]
    assert lines == ["Interrupted: readers see the last version, whole."]
    assert versions.current_version(world.paths) == before
    assert list(world.paths.builds.iterdir()) == []


def test_an_interrupt_of_a_gate_is_none_of_its_findings(world):
    """DuckDB makes an error of its own of it, which the gate would take for a failed check."""
    slow = (
        "from orchestration.expectations import gate; "
        f"gate.measure = lambda connection, *_: connection.execute('{LONG}').fetchall(); "
    )
    world.use("second", ("b", "2025-02", 4))
    program = program_of(world, "refresh", before=slow + BEFORE)
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if "expect_raw" in line and "at work" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read().splitlines()
        assert process.wait(120) == 130, rest
    assert rest[-1] == "Interrupted: readers see the last version, whole."
