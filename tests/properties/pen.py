"""What draws the values of a history: hypothesis in short words, and dates as files spell them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.properties.plan import FIRST_SUNDAY, Plan

PERCENT = st.integers(0, 99)
SPELLINGS = ("Z", "Z", "+02:00", "", "day")


class Pen:
    """Draws for one account; `account` is whose rows are being written."""

    def __init__(self, draw: Callable[[st.SearchStrategy], Any], plan: Plan, is_peer: bool):
        self.draw = draw
        self.plan = plan
        self.is_peer = is_peer
        self.account = "{h}"
        # One spelling of moments for each history, as one system would write them.
        self.spelling = self.pick(*SPELLINGS)

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        return self.draw(PERCENT) >= 100 - percent

    def pick(self, *options: Any) -> Any:
        return options[self.number(0, len(options) - 1)]

    def maybe(self, percent: int, value: str | None) -> str | None:
        return value if self.chance(percent) else None

    def currency(self) -> str | None:
        options = ("EUR", None, "USD") if "exchange_rates" in self.plan.landed else ("EUR", None)
        return self.pick(*options)

    def on(self, day: int) -> str:
        return str(FIRST_SUNDAY + timedelta(days=day))

    def moment(self, day: int, minute: int | None = None) -> str:
        """A time of the day as text; sometimes at its very edge."""
        if minute is None:
            minute = self.pick(0, 1439, 600, self.number(0, 1439))
        at = datetime.combine(FIRST_SUNDAY, time(), UTC) + timedelta(days=day, minutes=minute)
        if self.spelling == "+02:00":
            return f"{at + timedelta(hours=2):%Y-%m-%d %H:%M:%S}+02:00"
        if self.spelling == "day" and minute == 0:
            return f"{at:%Y-%m-%d}"
        return f"{at:%Y-%m-%dT%H:%M:%S}" + ("" if self.spelling == "" else "Z")
