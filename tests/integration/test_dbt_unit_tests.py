"""dbt's unit tests, all of them, in this process: each formula on rows made by hand."""

from pathlib import Path


def test_every_dbt_unit_test_passes(judge) -> None:
    failed = {name: item.message for name, item in judge.results.items() if item.status != "pass"}
    assert not failed, "\n\n".join(f"{name}: {message}" for name, message in failed.items())


def test_there_are_unit_tests_of_every_layer_with_formulas(judge) -> None:
    folders = {Path(item.node.original_file_path).parts[1] for item in judge.results.values()}
    assert {"activity", "indicators", "scoring", "marts"} <= folders
    assert len(judge.results) >= 140
