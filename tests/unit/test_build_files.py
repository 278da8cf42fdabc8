"""A build's files: found by their schema, opened together, replaced as one."""

import contextlib
from pathlib import Path

import duckdb
import pytest

from orchestration.base import files as base_files
from orchestration.base.build_files import files, named_before, open_build, published_file
from orchestration.base.files import finish_replacing, replace_folder


def build(folder: Path, number: int) -> Path:
    folder.mkdir(parents=True)
    for catalog, table in (
        ("warehouse", "indicators.kept"),
        ("scratch_file", "indicators.made"),
        ("marts_file", "marts.shown"),
    ):
        with duckdb.connect(str(folder / f"{catalog}.duckdb")) as connection:
            connection.execute(f"create schema {table.split('.')[0]}")
            connection.execute(f"create table {table} as select {number} as number")
    return folder / "warehouse.duckdb"


def test_a_table_is_found_in_whichever_file_it_lies(tmp_path):
    now, before = build(tmp_path / "now", 2), build(tmp_path / "before", 1)
    assert published_file(now, "marts") == tmp_path / "now" / "marts_file.duckdb"
    assert set(files(now)) == {"warehouse", "scratch_file", "marts_file"}
    with open_build(now, before=before) as connection:
        for table in ("indicators.kept", "indicators.made", "marts.shown"):
            assert connection.execute(f"from {table}").fetchall() == [(2,)], table
        earlier = f"{named_before('marts_file')}.marts.shown"
        assert connection.execute(f"from {earlier}").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error):
            connection.execute(f"attach '{tmp_path / 'other.duckdb'}'")


def contents(folder: Path) -> set[str]:
    return {file.read_text() for file in folder.iterdir()}


def replacing(tmp_path: Path, content: str) -> None:
    aside = tmp_path / content
    aside.mkdir(exist_ok=True)
    for name in ("a", "b"):
        (aside / name).write_text(content)
    replace_folder(tmp_path / "kept", sorted(aside.iterdir()))


def test_a_folder_is_replaced_whole(tmp_path):
    for content in ("first", "second"):
        replacing(tmp_path, content)
        assert contents(tmp_path / "kept") == {content}
    assert {path.name for path in tmp_path.iterdir()} == {"kept", "first", "second"}


@pytest.mark.parametrize("stopped_at", range(1, 8))
def test_whatever_ends_a_replacement_leaves_the_one_or_the_other(tmp_path, monkeypatch, stopped_at):
    """As if the run was killed just before the n-th rename, move or flush."""
    replacing(tmp_path, "old")
    steps = 0

    def stops(step):
        def does(*arguments):
            nonlocal steps
            steps += 1
            if steps == stopped_at:
                raise KeyboardInterrupt
            return step(*arguments)

        return does

    with monkeypatch.context() as patch:
        for name in ("rename", "replace"):
            patch.setattr(Path, name, stops(getattr(Path, name)))
        patch.setattr(base_files, "sync_folder", stops(base_files.sync_folder))
        with contextlib.suppress(KeyboardInterrupt):
            replacing(tmp_path, "new")
    finish_replacing(tmp_path / "kept")
    assert contents(tmp_path / "kept") in ({"old"}, {"new"})
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    replacing(tmp_path, "newer")
    assert contents(tmp_path / "kept") == {"newer"}
