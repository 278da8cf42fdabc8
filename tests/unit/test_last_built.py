"""What a build takes from the last one: never in a developer's file, which other SQL made."""

from types import SimpleNamespace

import pytest
from jinja2 import Environment

from orchestration.base.settings import PROJECT_ROOT

MACROS = PROJECT_ROOT / "dbt_project" / "macros" / "increments.sql"
NODE = SimpleNamespace(database="marts_file", schema="marts", alias="fct_indicator_scores")


class Returned(Exception):
    """As dbt's `return` ends a macro."""


def give_back(value):
    raise Returned(value)


def asked(target: str, graph: dict) -> object:
    environment = Environment(extensions=["jinja2.ext.do"])
    adapter = SimpleNamespace(get_relation=lambda *names: ".".join(names))
    context = {
        "return": give_back,
        "target": SimpleNamespace(name=target),
        "graph": graph,
        "project_name": "customer_health",
        "execute": True,
        "adapter": adapter,
    }
    module = environment.from_string(MACROS.read_text()).make_module(context)
    with pytest.raises(Returned) as returned:
        module.last_built("fct_indicator_scores")
    return returned.value.args[0]


def test_a_refresh_takes_the_last_build_and_a_developer_does_not():
    graph = {"nodes": {"model.customer_health.fct_indicator_scores": NODE}}
    assert asked("duckdb", graph) == "marts_file.marts.fct_indicator_scores"
    assert not asked("dev", graph)
    assert not asked("duckdb", {})  # as a unit test of dbt sees it
