"""Every mistake that was made on purpose is caught by a unit test of dbt's."""

import pytest

from tests.mutants.explained import Explanations
from tests.mutants.seeded import SEEDED


@pytest.mark.parametrize("mistake", SEEDED, ids=lambda mistake: mistake.rule.replace(" ", "_"))
def test_mistake_is_caught(judge, mistake) -> None:
    source = judge.source_with(mistake.file, mistake.right)
    assert judge.catches(source, source.text.replace(mistake.right, mistake.wrong))


def test_what_is_right_is_not_caught(judge) -> None:
    for source in judge.sources("models/scoring/int_scoring__knock_outs.sql", "macros/windows.sql"):
        assert judge.catches(source, source.text) is None


def test_every_mutant_of_the_weights_is_caught_or_explained(judge) -> None:
    explanations = Explanations()
    survivors = [
        mutant.name
        for source in judge.sources("models/scoring/int_scoring__indicator_scores.sql")
        for mutant in source.mutants()
        if not judge.catches(source, mutant.text) and not explanations.why(mutant)
    ]
    assert not survivors


def test_no_explanation_is_about_a_line_that_is_gone() -> None:
    assert not Explanations().stale()
