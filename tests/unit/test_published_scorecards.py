"""A version that readers were shown can't be edited; a new one can be added beside it."""

import shutil

import pytest

from orchestration.base.errors import BadInput
from orchestration.base.settings import PROJECT_ROOT
from orchestration.scorecards.published import keep, require_unedited


@pytest.fixture
def scorecards(tmp_path):
    return shutil.copytree(PROJECT_ROOT / "seeds" / "scorecards", tmp_path / "scorecards")


@pytest.fixture
def record(tmp_path, scorecards):
    file = tmp_path / "published_scorecards.json"
    keep(file, scorecards, ["starter v1"])
    return file


def edit(scorecards, file, old, new):
    path = scorecards / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_stays_passes(record, scorecards):
    require_unedited(record, scorecards)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "scorecard_indicators.csv",
            "starter,1,nps,10,",
            "starter,1,nps,20,",
            "scorecard_indicators.csv: starter v1: nps: weight was 10, is 20",
        ),
        (
            "scorecard_bands.csv",
            "starter,1,fair,40,80",
            "starter,1,fair,45,80",
            "scorecard_bands.csv: starter v1: fair: lower_bound was 40, is 45",
        ),
        ("scorecards.csv", ",weekly,", ",daily,", "the version: cadence was weekly, is daily"),
    ],
)
def test_an_edited_cell_is_named(record, scorecards, file, old, new, said):
    edit(scorecards, file, old, new)
    with pytest.raises(BadInput) as error:
        require_unedited(record, scorecards)
    assert said in str(error.value)
    assert "new version" in str(error.value)


def test_a_removed_row_and_a_new_one_are_named(record, scorecards):
    edit(scorecards, "scorecard_indicators.csv", "starter,1,nps,", "starter,1,csat,")
    with pytest.raises(BadInput) as error:
        require_unedited(record, scorecards)
    assert "csat: the row is new" in str(error.value)
    assert "nps: the row was removed" in str(error.value)


def test_the_same_number_written_otherwise_is_no_edit(record, scorecards):
    edit(scorecards, "scorecard_indicators.csv", "starter,1,nps,10,", "starter,1,nps,10.00,")
    require_unedited(record, scorecards)


def test_a_name_is_no_edit(record, scorecards):
    line = (scorecards / "scorecards.csv").read_text().splitlines()[1].split(",")
    edit(scorecards, "scorecards.csv", f",{line[4]},", ",Another name,")
    require_unedited(record, scorecards)


def test_a_new_version_beside_the_old_one_passes(record, scorecards):
    for path in scorecards.glob("*.csv"):
        lines = path.read_text().splitlines()
        new = [
            line.replace("starter,1,", "starter,2,", 1) for line in lines if "starter,1," in line
        ]
        path.write_text("\n".join([*lines, *new]) + "\n")
    edit(scorecards, "scorecard_indicators.csv", "starter,2,nps,10,", "starter,2,nps,20,")
    require_unedited(record, scorecards)


def test_a_removed_version_is_refused_and_a_replaced_set_is_not(record, scorecards):
    for path in scorecards.glob("*.csv"):
        path.write_text(path.read_text().replace("starter,1,", "starter,2,"))
    with pytest.raises(BadInput, match="starter v1: the version was removed"):
        require_unedited(record, scorecards)
    for path in scorecards.glob("*.csv"):
        path.write_text(path.read_text().replace("starter,2,", "other,1,"))
    require_unedited(record, scorecards)


def test_what_was_kept_first_stays(record, scorecards):
    edit(scorecards, "scorecard_indicators.csv", "starter,1,nps,10,", "starter,1,nps,20,")
    keep(record, scorecards, ["starter v1"])
    with pytest.raises(BadInput):
        require_unedited(record, scorecards)
