"""What no mart takes, whatever a model computes: the contract's own checks, on a real build."""

from pathlib import Path

import duckdb
import pytest

from orchestration.base.build_files import published_file
from tests.support.builds import copied

BOUNDED = [
    ("fct_account_health", "score"),
    ("fct_account_health", "weighted_score"),
    ("fct_account_health", "coverage_ratio"),
    ("fct_indicator_scores", "indicator_score"),
    ("fct_module_scores", "module_score"),
]


@pytest.fixture(scope="module")
def build(audited, tmp_path_factory) -> Path:
    copy = copied(audited["restaurant_robots"], tmp_path_factory.mktemp("contract"))
    return published_file(copy, "marts")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-0.001", "100.001", "1e308"])
def test_a_score_that_is_no_score_is_refused_by_the_mart_itself(build, value):
    with duckdb.connect(str(build)) as connection:
        for mart, column in BOUNDED:
            update = f"update marts.{mart} set {column} = cast('{value}' as double)"
            with pytest.raises(duckdb.ConstraintException, match="CHECK"):
                connection.execute(update)
        connection.execute("update marts.fct_account_health set score = 100")
