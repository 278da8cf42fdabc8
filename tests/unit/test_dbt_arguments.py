"""What `health dev` hands on to dbt: an allow-list, for dbt pastes a variable into SQL as it is."""

import re

import pytest

from orchestration.base.errors import BadInput
from orchestration.base.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.dbt_arguments import VARIABLES, checked, selection, variables
from orchestration.warehouse.dev import build_dev


def test_what_is_known_is_handed_on():
    assert checked(["--vars", "sample_accounts: 20", "--quiet"]) == [
        "--quiet",
        "--vars",
        '{"sample_accounts": 20}',
    ]
    assert checked(["--vars={sample_accounts: 0}"]) == ["--vars", '{"sample_accounts": 0}']
    assert checked(["--resource-type", "test", "unit_test", "--fail-fast"]) == [
        "--resource-type",
        "test",
        "unit_test",
        "--fail-fast",
    ]
    assert selection("state:modified+ +fct_account_health,tag:marts models/marts") == [
        "state:modified+",
        "+fct_account_health,tag:marts",
        "models/marts",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "sample_accounts: '20 union select email from staging.stg_users'",
        "sample_accounts: 1e3",
        "sample_accounts: 2.0",
        "sample_accounts: true",
        "sample_accounts: -1",
        "sample_accounts: 1000001",
        "sample_accounts: [1]",
        "sample_accounts: null",
        "sample_account: 20",
        "{sample_accounts: 20, other: 1}",
        "1: 20",
        "20",
        "",
        "{broken",
        "!!python/object/apply:os.system ['true']",
    ],
)
def test_other_variables_and_values_are_refused(text):
    with pytest.raises(BadInput, match="Nothing was run"):
        variables(text)
    with pytest.raises(BadInput):
        checked(["--vars", text])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--target", "duckdb"],
        ["--target=duckdb"],
        ["--project-dir", "/tmp"],
        ["--profiles-dir=/tmp"],
        ["--log-level-file", "debug"],
        ["run-operation", "drop_all"],
        ["--vars"],
        ["--exclude", "a;b"],
        ["--quiet=1"],
    ],
)
def test_other_options_are_refused(arguments):
    with pytest.raises(BadInput):
        checked(arguments)


@pytest.mark.parametrize(
    "text", ["fct_account_health --target duckdb", "--vars {}", "a;drop table b", "a'b"]
)
def test_a_selection_can_t_carry_an_option(text):
    with pytest.raises(BadInput, match="Nothing was run"):
        selection(text)


def test_a_refusal_comes_before_anything_is_read_or_run(tmp_path):
    settings = Settings(tmp_path / "state", tmp_path / "published", tmp_path / "no_such_company")
    for select, arguments in (("a", ["--vars", "x: 1"]), ("a --vars", [])):
        with pytest.raises(BadInput, match="Nothing was run"):
            build_dev(settings, tmp_path / "no_such_company", select, arguments)
    assert list(tmp_path.iterdir()) == []


VARIABLE = re.compile(r"(?<!env_)\bvar\(\s*['\"](\w+)['\"][^)]*\)([^%}]*)")


def test_the_models_use_the_listed_variables_alone_and_as_whole_numbers():
    used: dict[str, list[str]] = {}
    project = PROJECT_ROOT / "dbt_project"
    texts = [project / "dbt_project.yml", project / "profiles.yml", project / "selectors.yml"]
    for folder in ("models", "macros", "tests"):
        texts += [p for p in (project / folder).rglob("*") if p.suffix in {".sql", ".yml"}]
    for path in texts:
        for name, rest in VARIABLE.findall(path.read_text(encoding="utf-8")):
            used.setdefault(name, []).append(rest)
    assert set(used) == set(VARIABLES)
    assert all(re.match(r"\s*\|\s*int\b", rest) for rests in used.values() for rest in rests)
