"""The short version of `make histories`: a small batch of them."""

from pathlib import Path

import pytest

from orchestration.base.settings import silence_telemetry
from tests.properties.batch import make_batch
from tests.properties.company import Batch
from tests.properties.plan import Plan, make_plan
from tests.properties.proof import Workshop, prove

SEED = 2  # three loads; a later one keeps dates that the first build computed
HISTORIES = 40


@pytest.fixture(scope="module")
def workshop(tmp_path_factory) -> Workshop:
    silence_telemetry()
    return Workshop(Path(tmp_path_factory.mktemp("histories")))


def test_a_batch_of_histories_is_equal_in_every_way(workshop) -> None:
    verdict = prove(
        workshop, make_batch(SEED, HISTORIES, make_plan(SEED, loads=3)), ways=("again", "permuted")
    )
    assert not verdict.differences, "\n".join(map(str, verdict.differences))
    assert verdict.carried, f"all dates anew in every refresh, nothing proven: {verdict.built}"
    assert verdict.not_measured, f"all accounts measured in every refresh: {verdict.built}"


def test_a_seed_gives_the_same_histories() -> None:
    assert make_batch(7, 5).files() == make_batch(7, 5).files()


def test_a_plan_survives_its_way_through_json() -> None:
    plan = make_plan(3)
    assert Plan.from_json(plan.to_json()) == plan


def test_another_order_lands_the_same_rows(tmp_path) -> None:
    from tests.properties.company import land, write_company

    batch: Batch = make_batch(5, 8)
    read = {}
    for salt in ("", "other"):
        write_company(tmp_path / f"company{salt}", batch)
        land(tmp_path / f"company{salt}", batch, 1, salt)
        files = sorted((tmp_path / f"company{salt}" / "landed").rglob("*.csv"))
        read[salt] = [path.read_text().splitlines() for path in files]
    assert read[""] != read["other"]
    texts = {salt: sorted(line for lines in read[salt] for line in set(lines)) for salt in read}
    assert set(texts[""]) == set(texts["other"])
