"""A short part of `make replay`: days of the samples, and an outage among them."""

from datetime import date

import duckdb
import pytest

from benchmarks import replay_days
from orchestration.base.settings import PROJECT_ROOT
from orchestration.company.company import load_company
from tests.conftest import SAMPLES

FIRST, LAST = date(2025, 12, 15), date(2025, 12, 26)


def company(name: str):
    return load_company(PROJECT_ROOT / "seeds" / "companies" / name)


@pytest.mark.parametrize("name", SAMPLES)
def test_days_of_the_samples_block_nothing(tmp_path, name):
    figures = replay_days.replay(company(name), tmp_path, first=FIRST, last=LAST)
    assert (figures["days"], figures["blocked"]) == (12, {})
    assert figures["judged"] > 12 * 50


def test_an_outage_among_them_is_found_on_its_day(tmp_path, monkeypatch):
    add_day = replay_days._add_day

    def with_an_outage(build_file, source, company, day, number):
        load = add_day(build_file, source, company, day, number)
        if day == date(2025, 12, 18):
            with duckdb.connect(str(build_file)) as connection:
                connection.execute(
                    "delete from raw.usage_events "
                    f"where _load_number = {number} and hash(event_id) % 3 > 0"
                )
        return load

    monkeypatch.setattr(replay_days, "_add_day", with_an_outage)
    figures = replay_days.replay(
        company("office_software"), tmp_path, first=FIRST, last=date(2025, 12, 18)
    )
    assert figures["blocked"] == {"raw_usage_events_volume": 1}
    assert "rows on 2025-12-18: " in figures["examples"]["raw_usage_events_volume"]
