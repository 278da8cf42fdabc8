"""The generated wide marts: their columns, their SQL on a small warehouse, their files."""

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import jinja2
import pytest
import yaml

from orchestration.base.errors import BadInput
from orchestration.scorecards.wide_models import generate_segment_models

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "seeds" / "catalogue"
COMMON = [
    "account_id",
    "as_of_date",
    "scorecard_id",
    "scorecard_version",
    "lifecycle_stage",
    "score",
    "band",
    "is_scored",
    "unscored_reason",
    "is_latest",
    "is_provisional",
]


@pytest.fixture
def scorecards(tmp_path: Path) -> Path:
    """The starter, and a second segment whose versions weigh different indicators."""
    folder = tmp_path / "scorecards"
    shutil.copytree(ROOT / "seeds" / "scorecards", folder)
    append(folder / "segments.csv", "government,Government,,,")
    append(
        folder / "scorecards.csv",
        "government,1,government,,Government,2025-01-01,weekly,score,0.5,,,",
        "government,2,government,,Government,2025-07-01,weekly,score,0.5,,,",
        "joining,1,government,onboarding,Joining,2025-01-01,weekly,score,0.5,,,",
    )
    append(
        folder / "scorecard_indicators.csv",
        "government,1,nps,100,linear,exclude,false,-100,100",
        "government,2,csat,100,linear,exclude,false,0,10",
        "government,2,bugs_open,0,linear,exclude,false,10,0",
        "joining,1,milestones_overdue,100,linear,exclude,false,5,0",
    )
    return folder


def append(path: Path, *lines: str) -> None:
    path.write_text(path.read_text() + "".join(f"{line}\n" for line in lines))


def properties(path: Path) -> dict:
    (model,) = yaml.safe_load(path.read_text())["models"]
    return model


def run_model(path: Path, marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The model's SQL as dbt would render it on DuckDB."""
    sql = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(path.read_text())
    return marts.execute(
        sql.render(
            ref=lambda name: name,
            to_double=lambda text: f"cast({text} as double)",
            where_scored_anew=lambda: "",
        )
    )


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        """
        create table fct_account_health (
            account_id varchar, as_of_date date, segment_id varchar, scorecard_id varchar,
            scorecard_version integer, lifecycle_stage varchar, score double, band varchar,
            is_scored boolean, unscored_reason varchar, is_latest boolean, is_provisional boolean
        );
        create table fct_indicator_scores (
            account_id varchar, as_of_date date, indicator_id varchar, status varchar,
            raw_value double, indicator_score double
        );
        insert into fct_account_health values
            -- both versions of the segment's scorecard, the second one unscored
            ('town', '2025-06-29', 'government', 'government', 1, 'adoption', 75, 'fair',
             true, null, false, false),
            ('town', '2025-07-06', 'government', 'government', 2, 'adoption', null, null,
             false, 'coverage 0', true, false),
            -- an account of another segment, and one that changes the segment
            ('shop', '2025-07-06', 'all_accounts', 'starter', 1, 'adoption', 90, 'healthy',
             true, null, true, false),
            ('port', '2025-06-29', 'all_accounts', 'starter', 1, 'adoption', 50, 'fair',
             true, null, false, false),
            ('port', '2025-07-06', 'government', 'government', 2, 'adoption', 60, 'fair',
             true, null, true, false);
        insert into fct_indicator_scores values
            ('town', '2025-06-29', 'nps', 'measured', 50, 75),
            -- not measured: the filled score of a neutral indicator is no measurement
            ('town', '2025-07-06', 'csat', 'no_response', null, 50),
            ('town', '2025-07-06', 'bugs_open', 'measured', 0, 100),
            -- asked for by a call to action alone, so no column of the segment
            ('town', '2025-07-06', 'discount_pct', 'measured', 10, null),
            ('shop', '2025-07-06', 'nps', 'measured', 80, 90),
            ('port', '2025-06-29', 'nps', 'measured', 0, 50),
            ('port', '2025-07-06', 'csat', 'measured', 6, 60);
        """
    )
    return connection


def test_each_segment_has_a_model_and_its_properties(scorecards: Path, tmp_path: Path) -> None:
    out = tmp_path / "models" / "generated"
    paths = generate_segment_models(scorecards, CATALOGUE, out)
    assert [path.relative_to(out).as_posix() for path in paths] == [
        "health_all_accounts.sql",
        "health_all_accounts.yml",
        "health_government.sql",
        "health_government.yml",
    ]
    assert sorted(out.iterdir()) == paths


def test_the_columns_are_those_of_any_version_in_catalogue_order(
    scorecards: Path, tmp_path: Path
) -> None:
    paths = generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")
    names = [column["name"] for column in properties(paths[3])["columns"]]
    assert names == [
        *COMMON,
        "milestones_overdue_value",
        "milestones_overdue_score",
        "bugs_open_value",
        "bugs_open_score",
        "nps_value",
        "nps_score",
        "csat_value",
        "csat_score",
    ]


def test_the_properties_carry_contract_descriptions_key_test_and_owner(
    scorecards: Path, tmp_path: Path
) -> None:
    paths = generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")
    model = properties(paths[3])
    assert model["name"] == "health_government"
    assert model["description"].startswith("One row per account and as-of date")
    assert model["config"]["meta"]["owner"]
    (test,) = model["data_tests"]
    assert test["unique_key"]["name"] == "health_government_key_is_unique"
    assert test["unique_key"]["arguments"] == {"columns": ["account_id", "as_of_date"]}
    types = {column["name"]: column["data_type"] for column in model["columns"]}
    assert types["as_of_date"] == "date"
    assert types["scorecard_version"] == "integer"
    assert types["is_scored"] == "boolean"
    assert types["band"] == "varchar"
    assert types["nps_value"] == types["nps_score"] == types["score"] == "double"
    descriptions = {column["name"]: column["description"] for column in model["columns"]}
    assert all(descriptions.values())
    assert "Open feature requests" not in descriptions["nps_value"]
    assert descriptions["nps_value"].startswith("Net promoter score of the latest NPS answer")


def test_the_rows_are_those_of_the_segment_with_its_indicators(
    scorecards: Path, tmp_path: Path, marts: duckdb.DuckDBPyConnection
) -> None:
    paths = generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")
    result = run_model(paths[2], marts)
    columns = [name for name, *_ in result.description]
    rows = {
        (row["account_id"], row["as_of_date"]): row
        for row in (dict(zip(columns, values, strict=True)) for values in result.fetchall())
    }
    first, second = date(2025, 6, 29), date(2025, 7, 6)
    assert set(rows) == {("town", first), ("town", second), ("port", second)}

    def indicators(account: str, day: date) -> dict[str, float]:
        row = rows[account, day]
        return {
            name: value for name, value in row.items() if name not in COMMON and value is not None
        }

    assert indicators("town", first) == {"nps_value": 50, "nps_score": 75}
    assert indicators("town", second) == {"bugs_open_value": 0, "bugs_open_score": 100}
    assert indicators("port", second) == {"csat_value": 6, "csat_score": 60}
    assert rows["town", second]["unscored_reason"] == "coverage 0"
    assert rows["town", second]["score"] is None


def test_the_columns_and_types_of_the_sql_are_those_of_the_contract(
    scorecards: Path, tmp_path: Path, marts: duckdb.DuckDBPyConnection
) -> None:
    paths = generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")
    for sql, yml in (paths[:2], paths[2:]):
        result = run_model(sql, marts)
        built = [(name, str(data_type).lower()) for name, data_type, *_ in result.description]
        agreed = [(one["name"], one["data_type"]) for one in properties(yml)["columns"]]
        assert built == agreed


def test_the_sql_keeps_to_the_line_length(scorecards: Path, tmp_path: Path) -> None:
    for path in generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated"):
        if path.suffix == ".sql":
            assert max(len(line) for line in path.read_text().splitlines()) <= 100


def test_a_file_is_written_only_when_its_text_changed(scorecards: Path, tmp_path: Path) -> None:
    out = tmp_path / "generated"
    paths = generate_segment_models(scorecards, CATALOGUE, out)
    for path in paths:
        os.utime(path, (1, 1))
    append(
        scorecards / "scorecard_indicators.csv", "government,2,nps,0,linear,exclude,false,-100,100"
    )
    assert generate_segment_models(scorecards, CATALOGUE, out) == paths
    assert [path.stat().st_mtime for path in paths] == [1, 1, 1, 1]  # nps was there already

    append(scorecards / "scorecard_indicators.csv", "joining,1,csat,0,linear,exclude,false,0,10")
    append(
        scorecards / "scorecard_indicators.csv", "joining,1,discount_pct,0,linear,exclude,false,9,0"
    )
    generate_segment_models(scorecards, CATALOGUE, out)
    assert [path.stat().st_mtime == 1 for path in paths] == [True, True, False, False]


def test_a_damaged_file_is_written_again(scorecards: Path, tmp_path: Path) -> None:
    out = tmp_path / "generated"
    paths = generate_segment_models(scorecards, CATALOGUE, out)
    whole = paths[0].read_text()
    paths[0].write_text(whole[:100])
    generate_segment_models(scorecards, CATALOGUE, out)
    assert paths[0].read_text() == whole


def test_the_order_of_the_rows_does_not_matter(scorecards: Path, tmp_path: Path) -> None:
    before = generate_segment_models(scorecards, CATALOGUE, tmp_path / "before")
    for name in ("segments", "scorecards", "scorecard_indicators"):
        header, *lines = (scorecards / f"{name}.csv").read_text().splitlines()
        (scorecards / f"{name}.csv").write_text("\n".join([header, *reversed(lines)]) + "\n")
    after = generate_segment_models(scorecards, CATALOGUE, tmp_path / "after")
    assert [path.read_text() for path in before] == [path.read_text() for path in after]


def test_models_of_former_segments_are_removed_and_other_files_stay(
    scorecards: Path, tmp_path: Path
) -> None:
    out = tmp_path / "generated"
    out.mkdir()
    for name in ("health_gone.sql", "health_gone.yml", "notes.md"):
        (out / name).write_text("left over")
    paths = generate_segment_models(scorecards, CATALOGUE, out)
    assert sorted(out.iterdir()) == sorted([*paths, out / "notes.md"])


def test_names_that_postgres_would_cut_are_refused(scorecards: Path, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, catalogue)
    long = "i" * 58
    text = (catalogue / "indicators.csv").read_text()
    (catalogue / "indicators.csv").write_text(text.replace("\nnps,", f"\n{long},"))
    text = (scorecards / "scorecard_indicators.csv").read_text()
    (scorecards / "scorecard_indicators.csv").write_text(text.replace(",nps,", f",{long},"))
    out = tmp_path / "generated"
    with pytest.raises(BadInput, match=f"column {long}_value has 64 characters, at most 63"):
        generate_segment_models(scorecards, catalogue, out)
    assert not out.exists()


def test_a_segment_without_indicators_is_refused(scorecards: Path, tmp_path: Path) -> None:
    append(scorecards / "segments.csv", "partners,Partners,,,")
    with pytest.raises(BadInput, match="segment partners: no indicators"):
        generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")


def test_an_unknown_indicator_is_refused(scorecards: Path, tmp_path: Path) -> None:
    append(scorecards / "scorecard_indicators.csv", "joining,1,luck,0,linear,exclude,false,0,1")
    with pytest.raises(BadInput, match="segment government: unknown indicator luck"):
        generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")


def test_files_that_cannot_be_read_are_refused(scorecards: Path, tmp_path: Path) -> None:
    (scorecards / "segments.csv").unlink()
    with pytest.raises(BadInput, match=r"segments\.csv: the file is missing"):
        generate_segment_models(scorecards, CATALOGUE, tmp_path / "generated")
