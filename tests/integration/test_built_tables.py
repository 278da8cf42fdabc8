"""The built tables hold exactly the columns that their YAML describes."""

import sys
from pathlib import Path

from orchestration.base.build_files import open_build

sys.path.insert(0, str(Path(__file__).parents[1] / "conventions"))
from project_files import models


def test_models_have_the_columns_that_are_described(audited):
    with open_build(audited["office_software"]) as build:
        found: dict[str, set[str]] = {}
        for table, column in build.execute(
            "select table_name, column_name from duckdb_columns() where not internal "
            "and schema_name not in ('raw', 'config', 'scorecards')"
        ).fetchall():
            found.setdefault(table, set()).add(column)
    bad = []
    for model in models():
        described = {column["name"] for column in model.columns}
        built = found.get(model.name, set())
        if described != built:
            bad.append(
                f"{model.name}: not described {sorted(built - described)}, "
                f"not built {sorted(described - built)}"
            )
    assert not bad, "\n".join(bad)
