"""The quick tests, by their folders, and what keeps them quick: none of them builds anything.

Every refresh, every build and every parse starts dbt, in the test's process or in one of its own.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.no_dbt import sitecustomize

FOLDERS = ("tests/unit", "tests/conventions")  # what `make test-quick` runs
STARTS_DBT = "dbt.cli.main"


def is_quick(test_id: str) -> bool:
    return test_id.startswith(tuple(f"{folder}/" for folder in FOLDERS))


@contextmanager
def without_dbt() -> Iterator[None]:
    """Whatever starts dbt meanwhile, here or in a process that is started here, fails."""
    loaded, path = sys.modules.pop(STARTS_DBT, None), os.environ.get("PYTHONPATH")
    folder = str(Path(sitecustomize.__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, path] if path else [folder])
    sys.meta_path.insert(0, sitecustomize.NoDbt)
    try:
        yield
    finally:
        sys.meta_path.remove(sitecustomize.NoDbt)
        if loaded:
            sys.modules[STARTS_DBT] = loaded
        if path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = path
