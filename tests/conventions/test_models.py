"""The models: described, named by their layer, short, portable, and tested by name."""

import csv
import re
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from project_files import DBT, ROOT, code, model_files, models, short, tracked, unit_tests

from orchestration.base.build_files import BESIDE, PUBLISHED_SCHEMAS, WAREHOUSE, catalog_of
from orchestration.company.facts import recordable_facts
from orchestration.company.tables import raw_tables
from orchestration.pages.marts_page import REFERENCE, shared_descriptions
from orchestration.scorecards.new_indicator import ALL_TABLES
from orchestration.warehouse.checks import INERT

NAME = {
    "staging": r"stg_[a-z_]+?(__rows)?",
    "activity": r"int_activity__\w+",
    "indicators": r"int_[a-z_]+?__\w+",
    "scoring": r"int_scoring__\w+",
    "actions": r"int_actions__\w+",
    "rollups": r"int_rollups__\w+",
    "marts": r"(dim|fct|quality)_\w+|refresh_log|health_\w+",
    "restricted": r"restricted_\w+",
    "deprecated": r"\w+",
}
MOST_LINES = 200
# Longer files, each with the reason why it is not split.
LONGER: dict[str, str] = {}
# Models without a key, each with the reason.
KEYLESS = {
    "int_activity__changed_rows": "single rows of use: two may be alike",
    "stg_quarantine": "the same bad row may be landed several times, each time a row here",
    "int_activity__usage_rows": "a view; one row per landed row, and aggregates have no key of one",
    "int_scoring__change_reasons": "a view; fct_score_changes holds its rows and has the test",
}
# Models that read a personal column, each with the reason why none comes out of it.
READS_A_PERSON = {"int_actions__assignments": "passes an assignee on only where it is a staff_id"}
# What another engine does not know, or knows as something else; and the clock, for the as-of date
# comes in as data.
FORBIDDEN = (
    r"qualify",
    r"group\s+by\s+all",
    r"order\s+by\s+all",
    r"median\s*\(",
    r"arg_m(?:ax|in)\s*\(",
    r"m(?:ax|in)_by\s*\(",
    r"any_value\s*\(",
    r"try_cast\s*\(",
    r"strftime\s*\(",
    r"to_char\s*\(",
    r"asof\s+(?:left\s+|inner\s+)?join",
    r"ignore\s+nulls",
    r"with\s+recursive",
    r"current_date",
    r"current_timestamp",
    r"now\s*\(\s*\)",
    r"getdate\s*\(",
)
ACTIVITY_READERS = {"int_activity__usage_rows", "int_activity__changed_days"}


def test_the_macros_know_every_raw_table():
    """The list that quarantine and reconciliation loop over: dbt needs it while it parses."""
    macro = (DBT / "macros" / "staging" / "raw_tables.sql").read_text()
    listed = macro.split("macro raw_table_names()")[1].split("endmacro")[0]
    assert re.findall(r"'([a-z_]+)'", listed) == list(raw_tables())


def test_every_model_has_properties_and_none_is_left_over():
    files = {path.stem for path in model_files()}
    described = [model.name for model in models()]
    assert sorted(files - set(described)) == [], "models without YAML"
    assert sorted(set(described) - files) == [], "properties of models that do not exist"
    assert len(described) == len(set(described)), "a model is described twice"


def test_every_description_says_what_a_row_is():
    bad = [
        f"{model.name}: {(model.properties.get('description') or '')[:60]!r}"
        for model in models()
        if not (model.properties.get("description") or "").strip().startswith("One row")
        or not re.match(r"One row( per |\b.*:)", model.properties["description"].strip())
    ]
    assert not bad, "\n".join(bad)


def test_every_column_is_described():
    shared = shared_descriptions()
    bad = []
    for model in models():
        if not model.columns:
            bad.append(f"{model.name}: no columns")
        for column in model.columns:
            text = (column.get("description") or "").strip()
            missing = [name for name in REFERENCE.findall(text) if name not in shared]
            if not text or missing:
                bad.append(f"{model.name}.{column['name']} {missing or ''}")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("layer", NAME)
def test_a_models_name_says_its_layer(layer):
    folder = DBT / "models" / layer
    bad = [p.stem for p in model_files() if p.is_relative_to(folder)]
    bad = [name for name in bad if not re.fullmatch(NAME[layer], name)]
    assert not bad, bad


def test_every_model_lies_in_a_layer():
    layers = {p.relative_to(DBT / "models").parts[0] for p in model_files()}
    assert layers <= set(NAME), layers - set(NAME)


def test_no_sql_file_is_too_long():
    files = {folder: tracked(".sql", DBT / folder) for folder in ("models", "macros", "tests")}
    assert all(files.values()), "a folder has no SQL: is it another one now?"
    lengths = {
        short(path): len(path.read_text(encoding="utf-8").splitlines())
        for paths in files.values()
        for path in paths
    }
    bad = {name: n for name, n in lengths.items() if n > MOST_LINES and name not in LONGER}
    assert not bad, f"split them, at most {MOST_LINES} lines: {bad}"
    assert all(lengths.get(name, 0) > MOST_LINES for name in LONGER), "an exception is not needed"


def test_every_model_ends_with_a_plain_select():
    bad = [
        p.stem
        for p in model_files()
        if not re.match(r"select \* from \w+$|\{\{ .* \}\}$", last_line(p))
    ]
    assert not bad, bad


def last_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip().splitlines()[-1]


@pytest.mark.parametrize("word", FORBIDDEN)
def test_models_use_no_word_that_engines_read_differently(word):
    pattern = re.compile(rf"(?<![\w.]){word}(?!\w)" if word[-1].isalpha() else rf"(?<![\w.]){word}")
    bad = [short(p) for p in model_files() if pattern.search(code(p.read_text(encoding="utf-8")))]
    assert not bad, bad


def test_only_staging_reads_the_raw_tables():
    allowed = DBT / "models" / "staging"
    pattern = re.compile(r"source\(\s*'raw'")
    bad = [p for p in model_files() if not p.is_relative_to(allowed)]
    bad = [short(p) for p in bad if pattern.search(p.read_text(encoding="utf-8"))]
    assert not bad, bad


def test_persons_stand_in_staging_and_restricted_alone():
    """Every personal column of a raw table is in `restricted`, and no other model reads it."""
    texts = {path: code(path.read_text(encoding="utf-8")) for path in model_files()}
    refs = {path: path.read_text(encoding="utf-8") for path in texts}
    problems = []
    for table in raw_tables().values():
        personal = [column.name for column in table.columns if column.is_personal]
        readers = [path for path in refs if f"ref('stg_{table.name}')" in refs[path]]
        restricted = [path for path in readers if path.is_relative_to(DBT / "models/restricted")]
        for name in personal:
            if not any(re.search(rf"\b{name}\b", texts[path]) for path in restricted):
                problems.append(f"{table.name}.{name} is in no model of restricted")
            problems += [
                f"{short(path)} reads {table.name}.{name}"
                for path in set(readers) - set(restricted)
                if re.search(rf"\b{name}\b", texts[path]) and path.stem not in READS_A_PERSON
            ]
    assert not problems, "\n".join(problems)


def test_the_models_of_restricted_say_which_columns_are_personal():
    marked = {
        model.name: [c["name"] for c in model.columns if (c.get("config") or {}).get("meta")]
        for model in models()
        if model.name.startswith("restricted_")
    }
    personal = {
        c.name for table in raw_tables().values() for c in table.columns if c.is_personal
    } - {"name"}
    bad = {
        model.name: column["name"]
        for model in models()
        for column in model.columns
        if model.name in marked
        and (column["name"] in personal or column["name"].endswith("_name"))
        and column["name"] not in marked[model.name]
    }
    assert not bad and all(marked.values()), (bad, marked)


def test_deprecated_models_say_since_when_until_when_and_what_instead():
    version = re.search(r'^version = "(\d+)', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    bad = []
    for model in models():
        if model.file.is_relative_to(DBT / "models" / "deprecated"):
            meta = (model.properties.get("config") or {}).get("meta") or {}
            if not {"deprecated_in", "removed_in", "use"} <= meta.keys():
                bad.append(f"{model.name}: deprecated_in, removed_in and use belong in its meta")
            elif int(str(meta["removed_in"]).split(".")[0]) <= int(version[1]):
                bad.append(f"{model.name}: its time is over, remove it")
    assert not bad, "\n".join(bad)


def test_only_the_activity_layer_reads_events():
    pattern = re.compile(r"ref\(\s*'stg_usage_(events|daily)'\s*\)")
    readers = {p.stem for p in model_files() if pattern.search(p.read_text(encoding="utf-8"))}
    assert readers <= ACTIVITY_READERS, readers - ACTIVITY_READERS


def test_every_data_test_has_a_name_and_an_owner():
    bad = []
    for model in models():
        for test in model.data_tests:
            name = test.get("name") or ""
            if not name.startswith(f"{model.name}_"):
                bad.append(f"{model.name}: a test {test['kind']} is named {name or 'nothing'!r}")
            if not (owner(test) or owner(model.properties)):
                bad.append(f"{model.name}: {name or test['kind']} has no owner in its meta")
    assert not bad, f"{len(bad)} things:\n" + "\n".join(bad)


def test_every_singular_test_has_a_name_and_an_owner():
    names = {path.stem for path in model_files()}
    bad = []
    for path in tracked(".sql", DBT / "tests" / "singular"):
        if not any(path.stem.startswith(f"{name}_") for name in names):
            bad.append(f"{short(path)}: does not begin with a model's name")
        if "owner" not in path.read_text(encoding="utf-8") and not owned_by_yaml(path.stem):
            bad.append(f"{short(path)}: no owner in its meta")
    assert not bad, "\n".join(bad)


def owned_by_yaml(name: str) -> bool:
    texts = [p.read_text(encoding="utf-8") for p in tracked(".yml", DBT / "tests")]
    return any(re.search(rf"name: {name}\b[\s\S]{{0,400}}?owner:", text) for text in texts)


def test_no_data_test_asks_for_what_a_refresh_does_not_honour():
    """Of a whole project that dbt parsed, `require_honoured` refuses it by the test's name."""
    bad = [
        f"{test.get('name')}: {name}"
        for model in models()
        for test in model.data_tests
        for name in set(test) | set(test.get("config") or {})
        if name in INERT
    ]
    told = re.compile(rf"(?:config\(.*|^[ +{{]*)\b({'|'.join(INERT)})\b *[=:]", re.MULTILINE)
    files = [*tracked(".sql", DBT / "tests"), *tracked(".yml", DBT / "tests")]
    for path in [*files, DBT / "dbt_project.yml"]:
        bad += [f"{short(path)}: {found}" for found in told.findall(path.read_text())]
    assert not bad, bad


def test_every_unit_test_has_a_name_and_an_owner():
    owners = {model.name: owner(model.properties) for model in models()}
    bad = []
    for path, test in unit_tests():
        if not test["name"].startswith(f"{test['model']}_"):
            bad.append(f"{short(path)}: {test['name']} does not begin with {test['model']}_")
        if not (owner(test) or owners.get(test["model"])):
            bad.append(f"{short(path)}: {test['name']} has no owner in its meta")
        if not test.get("description"):
            bad.append(f"{short(path)}: {test['name']} has no description")
    assert not bad, "\n".join(bad)


def owner(properties: dict) -> str | None:
    """Who mends it; what a test does not say, its model says for it."""
    return (properties.get("config") or {}).get("meta", {}).get("owner")


def test_every_key_is_tested():
    keyed = {"unique_key", "unique", "one_version_at_a_time"}
    bad = [
        model.name
        for model in models()
        if not keyed & {test["kind"] for test in model.data_tests}
        # views of what was landed, where a row is what it is: which stand, stg_row_history tests
        and model.name.removesuffix("__rows") not in {f"stg_{table}" for table in raw_tables()}
        and model.name not in KEYLESS
    ]
    assert not bad, bad


def catalogue(name: str) -> list[dict[str, str]]:
    path = ROOT / "seeds" / "catalogue" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_macros_know_every_module():
    """The list of the modules' wide models: dbt needs it while it parses."""
    macro = (DBT / "macros" / "indicators.sql").read_text(encoding="utf-8")
    listed = macro.split("macro indicator_modules()")[1].split("endmacro")[0]
    assert re.findall(r"'([a-z_]+)'", listed) == [row["module_id"] for row in catalogue("modules")]


def test_every_indicator_has_a_column_and_a_unit_test():
    bad = []
    for row in catalogue("indicators"):
        name, model = row["indicator_id"], f"int_{row['module_id']}__indicators"
        columns = next(m.columns for m in models() if m.name == model)
        if name not in [column["name"] for column in columns]:
            bad.append(f"{name}: no column of {model}")
        texts = [str(test["expect"]) for _, test in unit_tests() if test["model"] == model]
        if not any(re.search(rf"\b{name}\b", text) for text in texts):
            bad.append(f"{name}: no unit test of {model} expects it")
    assert not bad, "\n".join(bad)


def test_the_columns_of_wide_models_are_indicators_and_what_goes_with_them():
    keys = {"account_id", "as_of_date", "scorecard_id", "scorecard_version", "account_age_days"}
    with_baseline, bad = set(), []
    for module in catalogue("modules"):
        known = {
            row["indicator_id"]
            for row in catalogue("indicators")
            if row["module_id"] == module["module_id"]
        }
        model = next(m for m in models() if m.name == f"int_{module['module_id']}__indicators")
        columns = {column["name"] for column in model.columns}
        bad += [f"{model.name}: {name} is missing" for name in keys - columns]
        for column in columns - keys - {"gap"}:
            name, _, ending = column.partition("__")
            if name not in known or ending not in ("", "gap", "baseline"):
                bad.append(f"{model.name}: {column} belongs to no indicator of the module")
            if ending == "baseline":
                with_baseline.add(name)
    assert not bad, "\n".join(bad)
    assert with_baseline == {
        row["indicator_id"] for row in catalogue("indicators") if row["has_baseline"] == "true"
    }


def test_what_indicators_need_exists():
    """The parts of the catalogue's column `needs`, and its tables."""
    bad = []
    for row in catalogue("indicators"):
        bad += [
            f"{row['indicator_id']}: {part!r} is neither a column of a raw table nor a named fact"
            for part in re.split(r"[|&]", row["needs"])
            if part and part not in recordable_facts()
        ]
        bad += [
            f"{row['indicator_id']}: {row[column]!r} is no raw table"
            for column in ("source_table", "source_alternative", "source_also")
            if row[column] and row[column] not in raw_tables()
        ]
        bad += [
            f"{row['indicator_id']}: {part!r} in shared_tables is no raw table"
            for part in row["shared_tables"].split("|")
            if part and part not in {*raw_tables(), ALL_TABLES}
        ]
    assert not bad, "\n".join(bad)


def test_profiles_and_macro_know_the_files_of_a_build():
    outputs = yaml.safe_load((DBT / "profiles.yml").read_text())["customer_health"]["outputs"]
    attached = {
        name: {one["alias"] for one in target["attach"]} for name, target in outputs.items()
    }
    assert attached == {"duckdb": set(BESIDE), "dev": {WAREHOUSE, *BESIDE}}
    for one in [*outputs["duckdb"]["attach"], *outputs["dev"]["attach"]]:
        assert one["alias"] == WAREHOUSE or f"'{one['alias']}.duckdb'" in one["path"], one
    macro = (DBT / "macros" / "files.sql").read_text()
    assert f"in {list(PUBLISHED_SCHEMAS)}" in macro
    for name in set(BESIDE) - set(map(catalog_of, PUBLISHED_SCHEMAS)):
        assert re.search(rf"^ +{name}$", macro, re.MULTILINE), name


def test_every_layer_and_module_has_its_selector():
    selectors = yaml.safe_load((DBT / "selectors.yml").read_text())["selectors"]
    paths = {one["definition"]["value"] for one in selectors}
    layers = {f"models/{path.name}" for path in (DBT / "models").iterdir() if path.is_dir()}
    modules = {f"models/indicators/int_{row['module_id']}__*" for row in catalogue("modules")}
    assert layers | modules <= paths, sorted((layers | modules) - paths)
