"""Great Expectations judges as the plain rule does, and gives no value of a row away."""

import json
import os
import socket
from dataclasses import replace
from itertools import product

import pytest

from orchestration.expectations.checks import Check
from orchestration.expectations.expected import FOLDER, Expectation, held_to, suite
from orchestration.expectations.expected import VALUES as VALUES_BETWEEN
from orchestration.expectations.validation import plain_verdicts, validate

VALUES = (None, float("nan"), float("inf"), -float("inf"), -1.0, 0.0, 0.5, 1.0, 2.0)
BETWEEN = {"column": "{check}", "min_value": "$low", "max_value": "$high"}
WITHIN = Expectation("{table}", VALUES_BETWEEN, BETWEEN, "critical")
BEYOND = replace(WITHIN, kwargs={**BETWEEN, "strict_min": True, "strict_max": True})
LIMITS = ((None, None), (0.0, None), (None, 1.0), (0.0, 1.0))


def cases() -> list[Check]:
    """Every value against every pair of limits, the limits inside and beyond."""
    return [
        held_to(
            BEYOND if strict else WITHIN,
            Check(f"check_{number}", "t", "volume", "", value, low=low, high=high),
        )
        for number, (value, (low, high), strict) in enumerate(
            product(VALUES, LIMITS, (False, True))
        )
    ]


def columns(name: str, *found: str) -> Check:
    check = Check(name, "t", "shape", "", columns=found, expected_columns=("a", "b"))
    return held_to(suite("raw", FOLDER)[0], check)


@pytest.fixture(scope="module")
def judged():
    """One run of Great Expectations over all cases, with every way out of this machine closed."""

    def refuse(*_, **__):
        raise AssertionError("somebody tried to reach another host")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        suites = {
            "measures": cases(),
            "same": [columns("same", "b", "a")],
            "less": [columns("less", "a")],
            "more": [columns("more", "a", "b", "c")],
        }
        yield suites, *validate(suites)


def test_great_expectations_and_the_plain_rule_agree(judged):
    suites, verdicts, _ = judged
    plain = plain_verdicts(suites)
    assert {n: v.is_met for n, v in verdicts.items()} == {n: v.is_met for n, v in plain.items()}
    met = {check.name: verdicts[check.name].is_met for check in cases()}
    assert {check.value for check in cases() if met[check.name] and check.low == 0} == {
        0.0, 0.5, 1.0, 2.0, float("inf"),
    }  # fmt: skip
    assert [verdicts[name].is_met for name in ("same", "less", "more")] == [True, False, False]


def test_what_is_not_there_meets_no_limit(judged):
    _, verdicts, _ = judged
    nothing = [c.name for c in cases() if c.value is None or c.value != c.value]
    assert nothing and not any(verdicts[name].is_met for name in nothing)


def test_the_documents_hold_no_value_and_no_folder(judged):
    _, _, documents = judged
    text = json.dumps(documents)
    assert "unexpected" not in text.replace("unsuccessful_expectations", "")
    assert os.sep + "site-packages" not in text and "traceback" not in text.lower()
    assert {document["suite_name"] for document in documents} >= {"measures_measures"}


def test_nothing_to_judge_needs_no_engine():
    assert validate({"empty": []}) == ({}, [])
