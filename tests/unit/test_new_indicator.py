"""A new indicator's places: what is written where, and what is refused with nothing written."""

import csv
import io
import json
import shutil
from dataclasses import replace
from functools import cache

import pytest
import yaml
from typer.testing import CliRunner

from orchestration import cli
from orchestration.base.errors import BadInput
from orchestration.base.settings import PROJECT_ROOT, Settings
from orchestration.company.facts import recordable_facts
from orchestration.company.tables import raw_tables
from orchestration.scorecards.new_indicator import ALL_TABLES, Known, NewIndicator, add_indicator

KNOWN = Known(tables=list(raw_tables()), facts=sorted(recordable_facts()))
CATALOGUE = "seeds/catalogue/indicators.csv"
MODELS = "dbt_project/models/indicators"
QUESTIONS = NewIndicator(
    indicator_id="questions_opened_30d",
    module_id="support",
    unit="tickets",
    source_table="tickets",
    definition="Tickets of the kind question, opened in 30 days.",
    phrase="{value} questions in 30 days",
    direction="lower",
    window_days=30,
)
PLACES = [
    CATALOGUE,
    f"{MODELS}/int_support__indicators.sql",
    f"{MODELS}/_support.yml",
    f"{MODELS}/_support__questions_opened_30d.yml",
    "dbt_project/docs/module-support.md",
]


@pytest.fixture
def root(tmp_path):
    """The files that an indicator has a place in."""
    for folder in ("seeds/catalogue", MODELS, "dbt_project/docs"):
        shutil.copytree(PROJECT_ROOT / folder, tmp_path / folder)
    return tmp_path


def texts(root):
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }


def row_of(root, indicator_id):
    rows = csv.DictReader(io.StringIO((root / CATALOGUE).read_text(encoding="utf-8")))
    return next(row for row in rows if row["indicator_id"] == indicator_id)


@cache
def modules():
    text = (PROJECT_ROOT / "seeds" / "catalogue" / "modules.csv").read_text(encoding="utf-8")
    return [row["module_id"] for row in csv.DictReader(io.StringIO(text))]


def test_five_files_are_written_and_each_only_grows(root):
    before = texts(root)
    written = add_indicator(root, QUESTIONS, KNOWN)
    assert [path.relative_to(root).as_posix() for path in written] == PLACES
    after = texts(root)
    assert {name for name, text in after.items() if before.get(name) != text} == set(PLACES)
    for name in set(PLACES) & set(before):
        kept = iter(after[name].splitlines())
        # each old line is there, in its order; a column that was the last now has a comma
        lost = [
            line
            for line in before[name].splitlines()
            if not any(line in (other, other.removesuffix(",")) for other in kept)
        ]
        assert lost == [], name


def test_the_catalogue_row_stands_last_of_its_module(root):
    add_indicator(root, QUESTIONS, KNOWN)
    assert row_of(root, "questions_opened_30d") == {
        "indicator_id": "questions_opened_30d",
        "module_id": "support",
        "dimension": "experience",
        "unit": "tickets",
        "direction": "lower",
        "window_days": "30",
        "minimum_age_days": "0",
        "collection": "automatic",
        "is_rated_by_csm": "false",
        "has_baseline": "false",
        "source_table": "tickets",
        "source_alternative": "",
        "source_also": "",
        "needs": "",
        "shared_tables": ALL_TABLES,
        "phrase": "{value} questions in 30 days",
        "definition": "Tickets of the kind question, opened in 30 days.",
    }
    lines = (root / CATALOGUE).read_text(encoding="utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("questions_opened_30d,"))
    assert lines[place - 1].split(",")[1] == "support"
    assert lines[place + 1].split(",")[1] == "bugs"


def test_what_else_is_stated_stands_in_the_row(root):
    stated = replace(
        QUESTIONS,
        window_days=None,
        minimum_age_days=14,
        source_alternative="usage_daily",
        source_also="contacts",
        needs="tickets.solved_at&tickets.due_at|contacts.left_at",
        shared_tables="tickets|interactions",
        is_judgement=True,
    )
    add_indicator(root, stated, KNOWN)
    row = row_of(root, "questions_opened_30d")
    assert (row["window_days"], row["minimum_age_days"]) == ("", "14")
    assert (row["source_alternative"], row["source_also"]) == ("usage_daily", "contacts")
    assert row["needs"] == "tickets.solved_at&tickets.due_at|contacts.left_at"
    assert row["shared_tables"] == "tickets|interactions"
    assert (row["collection"], row["is_rated_by_csm"]) == ("manual", "true")


def test_an_accounts_own_rows_alone_are_an_empty_cell(root):
    add_indicator(root, replace(QUESTIONS, shared_tables=""), KNOWN)
    assert row_of(root, "questions_opened_30d")["shared_tables"] == ""


def test_the_model_ends_its_columns_with_a_null(root):
    add_indicator(root, QUESTIONS, KNOWN)
    model = (root / PLACES[1]).read_text(encoding="utf-8")
    begun = model.split("\nindicators as (\n")[1].split("\n    from dates\n")[0]
    assert begun.endswith(
        ",\n        -- to be written: what is measured, null where there is nothing to measure\n"
        "        {{ to_double('null') }} as questions_opened_30d"
    )


def test_the_line_of_the_page_is_the_last_of_its_table(root):
    add_indicator(root, replace(QUESTIONS, definition="This | that."), KNOWN)
    page = (root / PLACES[4]).read_text(encoding="utf-8")
    assert "\n| `questions_opened_30d` | This / that | |\n\n" in page


@pytest.mark.parametrize("module_id", modules())
def test_every_module_has_the_places(root, module_id):
    stated = replace(QUESTIONS, indicator_id="brand_new", module_id=module_id)
    *_, properties, test, _ = add_indicator(root, stated, KNOWN)
    read = yaml.safe_load(properties.read_text(encoding="utf-8"))
    model = next(one for one in read["models"] if one["name"] == stated.model)
    described = {one["name"]: one["description"] for one in model["columns"]}
    assert described["brand_new"] == '{{ doc("indicator_column") }}'
    (stub,) = yaml.safe_load(test.read_text(encoding="utf-8"))["unit_tests"]
    assert stub["name"] == f"{stated.model}_brand_new" and stub["model"] == stated.model
    assert stub["config"]["meta"]["owner"]
    assert stub["description"].strip() == QUESTIONS.definition
    assert stub["expect"]["rows"] == [{"account_id": "nothing", "brand_new": None}]
    # dbt runs no unit test that leaves out one of the model's inputs
    others = [one for one in read["unit_tests"] if one["model"] == stated.model]
    needed = {given["input"] for given in others[0]["given"]}
    assert {given["input"] for given in stub["given"]} == needed
    for line in (root / PLACES[0]).read_text(encoding="utf-8").splitlines():
        assert len(next(csv.reader([line]))) == 17


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"indicator_id": "Questions"}, '"Questions" is not an id: small letters, digits and _'),
        ({"indicator_id": "30d_questions"}, '"30d_questions" is not an id'),
        ({"indicator_id": "questions__gap"}, "two _ in a row begin what goes with an indicator"),
        ({"indicator_id": "q" * 58}, "is longer than 57 characters"),
        ({"indicator_id": "nps"}, "nps is in the catalogue already"),
        ({"module_id": "suport"}, 'unknown module "suport" (did you mean "support"?): readiness, '),
        ({"direction": "up"}, 'direction "up" is none of higher, lower, two_sided, context'),
        ({"source_table": "ticket"}, '"ticket" is no raw table (did you mean "tickets"?)'),
        ({"source_table": ""}, "the source is empty"),
        ({"source_alternative": "luck"}, '"luck" is no raw table'),
        ({"source_also": "luck"}, '"luck" is no raw table'),
        ({"shared_tables": "tickets|luck"}, 'shared: "luck" is no raw table'),
        ({"needs": "tickets.solved"}, 'needs: "tickets.solved" is not recorded (did you mean'),
        ({"needs": "tickets.solved_at&luck"}, 'needs: "luck" is not recorded'),
        ({"unit": " "}, "the unit is empty, or of several lines"),
        ({"definition": ""}, "the definition is empty, or of several lines"),
        ({"definition": "One.\nTwo."}, "the definition is empty, or of several lines"),
        ({"phrase": "{value}\nquestions"}, "the phrase is empty, or of several lines"),
        ({"phrase": "many questions"}, 'the phrase does not say where "{value}" stands'),
        ({"window_days": 0}, "a window of 0 days: at least 1, none for a state"),
        ({"minimum_age_days": -1}, "a minimum age of -1 days: at least 0"),
    ],
)
def test_what_can_be_no_indicator_is_refused(root, changed, said):
    before = texts(root)
    with pytest.raises(BadInput) as refused:
        add_indicator(root, replace(QUESTIONS, **changed), KNOWN)
    assert said in str(refused.value)
    assert str(refused.value).endswith("\nNothing was written.")
    assert texts(root) == before


def test_all_that_stands_against_it_is_said_at_once(root):
    with pytest.raises(BadInput) as refused:
        add_indicator(root, replace(QUESTIONS, unit="", phrase="none", direction="up"), KNOWN)
    assert str(refused.value).count("\n  - ") == 3


@pytest.mark.parametrize(
    ("place", "old", "new", "said"),
    [
        (1, "\nindicators as (\n", "\nfigures as (\n", "Write it by hand"),
        (1, "\n    from dates\n", "\n    from days\n", "Write it by hand"),
        (2, "  - name: int_support__indicators\n", "", "Write it by hand"),
        (4, "| `", "- `", "The page of support has no table"),
    ],
)
def test_a_file_without_the_place_is_refused_before_any_is_written(root, place, old, new, said):
    path = root / PLACES[place]
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    before = texts(root)
    with pytest.raises(BadInput, match=said) as refused:
        add_indicator(root, QUESTIONS, KNOWN)
    assert str(refused.value).endswith("Nothing was written.")
    assert texts(root) == before


@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_a_missing_file_is_refused_before_any_is_written(root, place):
    (root / PLACES[place]).unlink()
    before = texts(root)
    with pytest.raises(BadInput, match=r"is missing: is this the project\? Nothing was written"):
        add_indicator(root, QUESTIONS, KNOWN)
    assert texts(root) == before


def test_a_unit_test_that_somebody_wrote_is_not_written_over(root):
    (root / PLACES[3]).write_text("version: 2\n")
    before = texts(root)
    with pytest.raises(BadInput, match=r"is there already\. Nothing was written"):
        add_indicator(root, QUESTIONS, KNOWN)
    assert texts(root) == before


@pytest.fixture
def typed(root, monkeypatch):
    settings = Settings(root / "state", root / "published", root / "company", project_root=root)
    monkeypatch.setattr("orchestration.commands.indicator.load_settings", lambda: settings)
    options = ["--module", "support", "--unit", "tickets", "--source", "tickets"]
    options += ["--definition", "Questions.", "--phrase", "{value} questions"]
    return lambda *more: CliRunner().invoke(cli.app, ["indicator", "new", *more, *options])


def test_the_command_says_what_it_wrote_and_what_remains(root, typed):
    done = typed("questions_opened_30d", "--window", "30")
    assert done.exit_code == 0, done.output
    assert [f"wrote {place}" for place in PLACES] == done.stdout.splitlines()[:5]
    assert "in place of the null" in done.stdout
    assert row_of(root, "questions_opened_30d")["shared_tables"] == ALL_TABLES
    again = typed("questions_opened_30d")
    assert again.exit_code == 2
    assert "questions_opened_30d is in the catalogue already" in again.stderr


def test_the_command_speaks_json(typed):
    done = typed("questions_opened_30d", "--json")
    assert json.loads(done.stdout) == {"indicator_id": "questions_opened_30d", "written": PLACES}
    assert json.loads(typed("nps", "--json").stdout)["status"] == "bad_input"
