"""A warm process that forks one refresh per order, so that each can be killed anywhere cheaply.

    python -m tests.faults.worker '{"root": …, "shape": …, "project_root": …}'

It loads what a refresh loads, parses the project once, and then reads orders, one JSON line each,
from standard input. Each is done by a forked child, whose stages (and its end) are told on standard
output. The refresh itself is the real one; two of its functions tell of themselves, and an order
may name a `harm` that befalls it where a stage begins, or a file that takes its events (`aside`):
then the next order is not kept waiting. Never opens DuckDB before it forks: its threads would not
survive that.
"""

import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.base.build_files import published_file
from orchestration.base.failures import as_health_error
from orchestration.base.settings import silence_telemetry
from orchestration.expectations.gate import GateOutcome
from orchestration.expectations.stages import Gates
from orchestration.publishing import content
from orchestration.refresh import Refresh
from orchestration.warehouse.build import close_duckdb
from orchestration.warehouse.outcome import BuildOutcome
from tests.faults import company
from tests.faults.telling import Telling, tell, tell_the_switch
from tests.support.builds import copied

PREPARED = "prepared"


def new_refresh(world: company.World, project: Any, order: dict[str, Any]) -> Refresh:
    now = datetime.fromisoformat(order["now"])
    progress = Telling(order.get("harm") or {})
    tell_the_switch(progress)
    refresh = Refresh(world.settings, now=now, progress=progress, full=order.get("full", False))
    refresh.project = replace(project, paths=world.paths)
    tell(refresh_id=refresh.refresh_id)
    return refresh


def do_refresh(world: company.World, project: Any, order: dict[str, Any]) -> None:
    """A whole refresh of what is landed. Leaves a copy of its build where the order says so."""
    refresh = new_refresh(world, project, order)
    refresh.run()
    if order.get("prepare"):
        copied(world.paths.audited_file, world.root / PREPARED)


def do_publish(world: company.World, project: Any, order: dict[str, Any]) -> None:
    """The publishing of a refresh whose build has been done before; only its marts are stamped."""
    import duckdb

    with new_refresh(world, project, order) as refresh:
        refresh.open()
        build_file = world.paths.build_file(refresh.refresh_id)
        build_file.parent.mkdir(parents=True)
        (build_file.parent / "started_at").write_text(order["now"])
        copied(world.root / PREPARED / build_file.name, build_file.parent)
        with duckdb.connect(str(published_file(build_file, "marts"))) as connection:
            for mart, (column, factor) in world.shape.marts.items():
                stamp = f"{order['generation']}::double / {factor}"
                connection.execute(f"update marts.{mart} set {column} = {stamp}")
        refresh.build_outcome = BuildOutcome(results=[], failures=[], seconds=0)
        refresh.gates = Gates.of(refresh)
        refresh.gates.outcomes = [GateOutcome("raw", []), GateOutcome("marts", [])]
        refresh.publish()


def do_rollback(world: company.World, project: Any, order: dict[str, Any]) -> None:
    from orchestration.publishing.rollback import roll_back

    tell(stage="rollback")
    now = datetime.fromisoformat(order["now"])
    roll_back(world.paths, order.get("version"), author="harness", reason="a fault", now=now)


ORDERS = {"refresh": do_refresh, "publish": do_publish, "rollback": do_rollback}


def child(world: company.World, project: Any, order: dict[str, Any]) -> int:
    """What the forked process does; its exit code is the program's."""
    world = replace(world, root=Path(order.get("root", world.root)))
    tell(pid=os.getpid())
    try:
        ORDERS[order["do"]](world, project, order)
    except BaseException as error:
        found = as_health_error(error)
        tell(error=f"{type(found or error).__name__}: {found or error}")
        return found.exit_code if found else 70
    tell(done=True)
    return 0


def warm_up(world: company.World) -> Any:
    """Everything that a refresh imports, and the parsed project."""
    silence_telemetry()
    content.LARGEST_SHARE = 1  # so small a company's versions would all be written anew
    import duckdb  # noqa: F401
    import great_expectations  # noqa: F401
    import pandas  # noqa: F401 - DuckDB looks for it
    import pyarrow.parquet  # noqa: F401

    from orchestration.company.company import load_company
    from orchestration.expectations import gate, validation  # noqa: F401
    from orchestration.landing import archive, dates, raw, validate  # noqa: F401
    from orchestration.scorecards import lint  # noqa: F401
    from orchestration.warehouse.project import prepare_project

    loaded = load_company(world.settings.company_folder)
    project = prepare_project(world.settings, world.paths, loaded.scorecards)
    close_duckdb()
    return project


def main() -> None:
    given = json.loads(sys.argv[1])
    shape = {"promises": company.PROMISES, "mini": company.MINI}[given["shape"]]
    world = company.World(Path(given["root"]), shape, Path(given["project_root"]))
    project = warm_up(world)
    tell(ready=True, threads=len(os.listdir("/proc/self/task")))  # noqa: PTH208
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                if "aside" in order:
                    os.dup2(os.open(order["aside"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
                code = child(world, project, order)
            finally:
                os._exit(code)
        if "aside" not in order:
            _, status, used = os.wait4(pid, 0)
            cpu = used.ru_utime + used.ru_stime
            tell(ended=os.waitstatus_to_exitcode(status), cpu_seconds=round(cpu, 2))


if __name__ == "__main__":
    main()
