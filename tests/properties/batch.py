"""From a seed to a company of generated histories: hypothesis draws them, one example each."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys

from hypothesis import HealthCheck, Phase, given, seed, settings

from orchestration.base.settings import PROJECT_ROOT
from tests.properties.company import Batch
from tests.properties.history import Row, histories
from tests.properties.plan import FIRST_EVENT, Plan, make_plan


def make_batch(number: int, size: int, plan: Plan | None = None) -> Batch:
    """A company of so many histories, the plan's peers among them; always the same for a seed."""
    plan = plan or make_plan(number)
    found = _drawn_apart(plan, number, size)
    numbered = {f"h{place:04d}": rows for place, rows in enumerate(found, start=1)}
    return Batch(plan, numbered, tuple(_common_rows(plan)))


def _drawn_apart(plan: Plan, number: int, size: int) -> list[list[Row]]:
    """Drawn in a process of its own.

    hypothesis draws among the constants of all our modules that are loaded, too: here always the
    same ones.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.properties.batch"],
        cwd=PROJECT_ROOT,
        input=pickle.dumps((plan, number, size)),
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[list[Row]] = pickle.loads(done.stdout)
    return found


def _main() -> None:
    plan, number, size = pickle.load(sys.stdin.buffer)
    peers = min(plan.peers, size)
    found = _drawn(plan, number, peers, is_peer=True)
    found += _drawn(plan, number, size - peers, is_peer=False)
    sys.stdout.buffer.write(pickle.dumps(found))


def _drawn(plan: Plan, number: int, count: int, is_peer: bool) -> list[list[Row]]:
    if not count:
        return []
    found: list[list[Row]] = []

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(plan, is_peer))
    def collect(history: list[Row]) -> None:
        found.append(history)

    collect()
    return found


def _common_rows(plan: Plan) -> list[Row]:
    """Exchange rates: a first load with all of the past, later ones with news and corrections."""
    dice = random.Random(f"rates {plan.seed}")
    rows: list[Row] = []
    rates = {
        day: f"{dice.uniform(0.8, 1.2):.4f}" for day in range(FIRST_EVENT, 190, dice.choice((1, 7)))
    }
    for load in plan.landed.get("exchange_rates", ()):
        if dice.random() < 0.3 and plan.allows("update", load):
            rates[dice.choice(list(rates))] = f"{dice.uniform(0.8, 1.2):.4f}"
        for day, rate in rates.items():
            if day <= plan.load_days[load - 1] + 45:
                values = {
                    "currency": "USD",
                    "valid_on": _on(day),
                    "rate_to_reporting": rate,
                }
                rows.append(Row(load, "exchange_rates", values))
    for load in plan.landed.get("staff", ()):
        rows.append(Row(load, "staff", {"staff_id": "s1", "name": "Sam", "team": f"t{load // 3}"}))
    return rows


def _on(day: int) -> str:
    from datetime import timedelta

    from tests.properties.plan import FIRST_SUNDAY

    return str(FIRST_SUNDAY + timedelta(days=day))


if __name__ == "__main__":
    _main()
