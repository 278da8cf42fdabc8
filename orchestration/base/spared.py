"""Work that Python and libraries do by themselves, and that a refresh has no use for."""

import gc
import importlib.abc
import sys
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

# Young objects before a search for garbage, such searches before one of the middle-aged, and those
# before one of all: Python's own are 700, 10 and 10.
SELDOM = (100_000, 10, 1000)


@contextmanager
def seldom_searching_for_garbage() -> Iterator[None]:
    """For the main work of a process that ends with it: what dbt holds is needed to the end.

    Python would walk its millions of objects again and again, for a tenth of a refresh's time, and
    once more in the end. The contexts of dbt's nodes are garbage soon, and found young.
    """
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.freeze()  # and none of it is searched at the end
        gc.set_threshold(*before)


@contextmanager
def importing(later: Set[str] = frozenset(), never: Set[str] = frozenset()) -> Iterator[None]:
    """Imports in here load the modules `later` when they are first used, and do not find `never`.

    For what a library imports for functions that nobody calls; `never` for its optional parts.
    """
    finder = _Finder(later, never)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, later: Set[str], never: Set[str]):
        self._later = later
        self._never = never

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self._never:
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)
        spec = PathFinder.find_spec(fullname, path) if fullname in self._later else None
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec
