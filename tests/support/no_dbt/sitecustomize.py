"""Keeps dbt from being started: Python reads this file first wherever its folder is on the path."""

import sys

REFUSAL = "A quick test builds something; move it out of the quick folders, see tests/conftest.py."


class NoDbt:
    """Asked before any other finder, it lets nobody import the one module that starts dbt."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "dbt.cli.main":
            raise RuntimeError(REFUSAL)


if __name__ == "sitecustomize":
    sys.meta_path.insert(0, NoDbt)
