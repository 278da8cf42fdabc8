"""A scorecard's next version: all its rows copied under the next number, or nothing."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from orchestration import cli
from orchestration.base.errors import BadInput
from orchestration.base.settings import PROJECT_ROOT
from orchestration.scorecards.lint import require_valid
from orchestration.scorecards.new_version import add_version
from orchestration.scorecards.published import VERSIONED, keep, require_unedited

CATALOGUE = PROJECT_ROOT / "seeds" / "catalogue"
OFFICE = PROJECT_ROOT / "seeds" / "companies" / "office_software"


@pytest.fixture
def scorecards(tmp_path):
    return shutil.copytree(OFFICE / "scorecards", tmp_path / "scorecards")


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def lines(content, beginning):
    return [one for one in content.decode().splitlines() if one.startswith(beginning)]


def test_the_rows_of_all_files_are_copied_behind_the_scorecards_own(scorecards):
    before = contents(scorecards)
    made = add_version(scorecards, CATALOGUE, "government", "2026-03-01")
    assert (made.version, made.copied, made.valid_from.isoformat()) == (3, 2, "2026-03-01")
    after = contents(scorecards)
    versioned = {table.file for table in VERSIONED}
    assert set(made.rows) == versioned & set(before)
    for name, old in before.items():
        if name not in versioned:
            assert after[name] == old
            continue
        copies = [
            one.replace("government,2,", "government,3,", 1) for one in lines(old, "government,2,")
        ]
        copies = [one.replace(",2025-09-01,", ",2026-03-01,") for one in copies]
        assert lines(after[name], "government,3,") == copies
        assert made.rows[name] == len(copies)
        # nothing else moved, and they stand behind the rows of the scorecard
        rest = [one for one in after[name].decode().splitlines() if one not in copies]
        assert rest == old.decode().splitlines()
        if copies:
            last = lines(old, "government,")[-1]
            assert f"{last}\n{copies[0]}\n" in after[name].decode()
    assert made.rows["scorecard_indicators.csv"] == 6
    require_valid(scorecards, CATALOGUE)


def test_a_version_that_readers_were_shown_stays(scorecards, tmp_path):
    keep(tmp_path / "shown.json", scorecards, ["government v1", "government v2"])
    add_version(scorecards, CATALOGUE, "government", "2026-03-01")
    require_unedited(tmp_path / "shown.json", scorecards)


def test_a_file_keeps_its_mark_its_line_endings_and_its_quotes(scorecards):
    path = scorecards / "scorecard_bands.csv"
    text = path.read_text().rstrip("\n").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    knock_outs = scorecards / "knock_outs.csv"
    knock_outs.write_text(
        knock_outs.read_text() + 'default,1,late,days_overdue,>,90,,39,"A, ""B"""\n'
    )
    add_version(scorecards, CATALOGUE, "default", "2026-03-01")
    added = path.read_bytes()
    assert added.startswith(b"\xef\xbb\xbfscorecard_id") and added.count(b"\xef\xbb\xbf") == 1
    assert added.count(b"\n") == added.count(b"\r\n")
    assert b"\r\ndefault,2,healthy," in added
    assert 'default,2,late,days_overdue,>,90,,39,"A, ""B"""\n' in knock_outs.read_text()


@pytest.mark.parametrize(
    ("scorecard", "valid_from", "said"),
    [
        ("goverment", "2026-03-01", 'no scorecard "goverment" (did you mean "government"?)'),
        ("luck", "2026-03-01", 'has no scorecard "luck". It has default, enterprise, '),
        (
            "government",
            "2025-09-01",
            "Version 2 of government judges from 2025-09-01 on; the next one begins later",
        ),
        ("government", "1.3.2026", '--valid-from "1.3.2026" is not a date. Write it as 2025-01-31'),
        ("government", "2026-02-30", '--valid-from "2026-02-30" is not a date.'),
        ("government", "20260301", '--valid-from "20260301" is not a date.'),
    ],
)
def test_what_can_be_no_version_is_refused(scorecards, scorecard, valid_from, said):
    before = contents(scorecards)
    with pytest.raises(BadInput) as refused:
        add_version(scorecards, CATALOGUE, scorecard, valid_from)
    assert said in str(refused.value)
    assert str(refused.value).endswith("Nothing was changed.")
    assert contents(scorecards) == before


def test_a_set_that_is_not_valid_is_refused(scorecards):
    path = scorecards / "scorecard_indicators.csv"
    path.write_text(path.read_text().replace("default,1,nps,15", "default,1,nps,16"))
    before = contents(scorecards)
    with pytest.raises(BadInput, match="weights sum to 101, not 100"):
        add_version(scorecards, CATALOGUE, "government", "2026-03-01")
    assert contents(scorecards) == before


def test_a_copy_that_would_not_be_valid_is_refused(scorecards, monkeypatch):
    """Nothing that is known makes one; should it happen, the set is as it was."""
    before = contents(scorecards)
    monkeypatch.setattr(
        "orchestration.scorecards.new_version._with_copies", lambda content, made: (b"no,csv\n", 0)
    )
    with pytest.raises(BadInput, match="The new version would not be valid"):
        add_version(scorecards, CATALOGUE, "government", "2026-03-01")
    assert contents(scorecards) == before


def typed(company, *more):
    given = ["scorecard", "new-version", "government", "--company", str(company), *more]
    return CliRunner().invoke(cli.app, given)


def test_the_command_says_what_was_copied_and_what_comes_next(tmp_path, scorecards):
    shutil.copy(OFFICE / "company.yml", tmp_path)
    done = typed(tmp_path, "--valid-from", "2026-03-01")
    assert done.exit_code == 0, done.output
    assert "scorecard_indicators.csv: 6 rows of version 2 copied\n" in done.stdout
    assert "scorecards.csv: 1 row of version 2 copied\n" in done.stdout
    assert "note: dates since 2026-03-01 that were scored are judged anew.\n" in done.stdout
    assert "government version 3 judges from 2026-03-01 on." in done.stdout
    far = typed(tmp_path, "--valid-from", "9999-01-01", "--json")
    assert json.loads(far.stdout)["version"] == 4
    assert json.loads(far.stdout)["rows"]["scorecards.csv"] == 1


def test_dates_that_lie_ahead_are_no_news(tmp_path, scorecards):
    shutil.copy(OFFICE / "company.yml", tmp_path)
    assert "judged anew" not in typed(tmp_path, "--valid-from", "9999-01-01").stdout


def test_the_shipped_scorecards_are_nobodys_to_change(tmp_path):
    (tmp_path / "landed").mkdir()
    shutil.copy(OFFICE / "company.yml", tmp_path)
    before = contents(PROJECT_ROOT / "seeds" / "scorecards")
    done = typed(tmp_path, "--valid-from", "2026-03-01")
    assert done.exit_code == 2
    assert "judged by the shipped scorecards, which are every company's" in done.stderr
    assert "cp -r " in done.stderr and done.stderr.endswith("Nothing was changed.\n")
    assert contents(PROJECT_ROOT / "seeds" / "scorecards") == before
