"""What is usual, learned from published refreshes, and how far from it is too far.

Two rules. A limit that blocks is the stated one, and where the table itself has been further
before, that far (`widened`). A limit that warns is the stated one until enough refreshes were
published; from then on it follows from how much they varied (`learned`).
"""

from collections.abc import Sequence
from statistics import median

REMEMBERED = 8  # values that `widened` looks back on
LEARNED_FROM = 8  # published refreshes from which on `learned` follows the spread
SPREADS = 4 * 1.4826  # four standard deviations, from the median absolute deviation

Bounds = tuple[float, float, float]  # usual, low, high


def widened(
    history: Sequence[float], fall: float, rise: float, *, is_stated: tuple[bool, bool]
) -> Bounds:
    """Around the median: so far down and up, as ratios, or as far as the values have been.

    `is_stated`: the company gave the limit (down, up) itself; such a one is not widened.
    """
    values = list(history)[-REMEMBERED:]
    usual = float(median(values))
    low, high = usual * (1 - fall), usual * (1 + rise)
    # what it has been before is inside, and the limits themselves are beyond
    low = low if is_stated[0] else min(low, min(values) - 1e-6)
    high = high if is_stated[1] else max(high, max(values) + 1e-6)
    return usual, low, high


def learned(history: Sequence[float], stated: float, floor: float) -> Bounds:
    """Around the median: the stated distance, or what the spread of many values allows."""
    usual = float(median(history))
    if len(history) < LEARNED_FROM:
        return usual, usual - stated, usual + stated
    spread = float(median(abs(value - usual) for value in history))
    distance = max(floor, SPREADS * spread)
    return usual, usual - distance, usual + distance


def difference(now: dict[str, float], usual: dict[str, float]) -> float:
    """Between two mixes, 0 (the same) to 1: the share that would have to change its value."""
    names = {*now, *usual}
    return sum(abs(now.get(name, 0.0) - usual.get(name, 0.0)) for name in names) / 2
