"""What all histories of one generated company have in common: when it lands what, and refreshes.

A change of one account may make all dates new for everybody, and hide what another account's
change should have reached. So a plan allows only some kinds of change in each load: in most loads
nothing reaches far back, and earlier dates have to be right as an earlier build left them.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from orchestration.company.tables import raw_tables

FIRST_SUNDAY = date(2025, 7, 6)  # day 0; the first as-of date unless the plan says otherwise
FIRST_EVENT = -100  # days before it: enough for the own level of 13 weeks
LAST_DAY = 132
# What these change reaches back 35 days before the load …
NEAR = (
    "late",
    "twice",
    "again",
    "clash",
    "update",
    "move_day",
    "move_account",
    "delete",
    "return",
    "vanish",
    "segment",
    "fault",
    "future",
)
# … and what these do has no bound.
FAR = ("early_arrival", "orphan")


@dataclass(frozen=True)
class Run:
    """One refresh: after which load (counted from 1), when, for which date."""

    load: int
    at: str  # ISO 8601, UTC
    as_of: str | None = None
    rebuild_from: str | None = None

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Plan:
    """The frame of a company. All of it is plain data, so that a case can be kept as JSON."""

    seed: int
    load_days: tuple[float, ...]
    runs: tuple[Run, ...]
    landed: dict[str, tuple[int, ...]]  # table: the loads that hold it
    emptied: tuple[tuple[str, int], ...]  # table and load: landed without a row
    kinds: tuple[tuple[str, ...], ...]  # per load: what may happen in it
    blank: dict[str, tuple[str, ...]]  # table: columns that nobody fills
    filled_from: dict[str, int]  # table: the load from which `blank` is filled after all
    settings: dict
    peers: int

    def loaded_at(self, load: int) -> datetime:
        """The time of a load; its folder is named after it."""
        day = self.load_days[load - 1]
        return datetime.combine(FIRST_SUNDAY, time(4), UTC) + timedelta(days=day)

    def folder(self, load: int) -> str:
        return f"{self.loaded_at(load):%Y-%m-%dT%H%M}"

    def allows(self, kind: str, load: int) -> bool:
        return kind in self.kinds[load - 1]

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict) -> Plan:
        return cls(
            **{
                **content,
                "load_days": tuple(content["load_days"]),
                "runs": tuple(Run(**run) for run in content["runs"]),
                "landed": {table: tuple(loads) for table, loads in content["landed"].items()},
                "emptied": tuple((table, load) for table, load in content["emptied"]),
                "kinds": tuple(tuple(kinds) for kinds in content["kinds"]),
                "blank": {table: tuple(names) for table, names in content["blank"].items()},
            }
        )


def make_plan(seed: int, loads: int | None = None) -> Plan:
    """The plan of a seed: always the same."""
    dice = random.Random(f"plan {seed}")
    days: list[float] = [dice.randint(66, 86)]
    wanted = loads or dice.choice((2, 3, 4, 4, 5, 6))
    while len(days) < wanted:
        gap = dice.choice((0.25, 1, 1, 2, 3, 5, 7, 8, 10, 14, 21, 30))
        days.append(min(days[-1] + gap, LAST_DAY - (wanted - len(days)) * 0.25))
    days = [day + n * 0.01 for n, day in enumerate(days)]
    landed = {name: _loads_of(name, wanted, dice) for name in raw_tables()}
    landed = {name: at for name, at in landed.items() if at}
    emptied = tuple(
        (name, load)
        for name, at in landed.items()
        for load in at
        if name != "accounts" and dice.random() < (0.1 if load == 1 else 0.02)
    )
    plan = Plan(
        seed=seed,
        load_days=tuple(round(day, 2) for day in days),
        runs=(),
        landed=landed,
        emptied=emptied,
        kinds=tuple(_kinds(load, dice) for load in range(1, wanted + 1)),
        blank={name: _blank(name, dice) for name in landed},
        filled_from={name: dice.randint(2, 8) for name in landed},
        settings=_settings(dice),
        peers=dice.choice((0, 18, 20, 21, 24)),
    )
    return Plan(**{**plan.__dict__, "runs": _runs(plan, dice)})


def _loads_of(table: str, loads: int, dice: random.Random) -> tuple[int, ...]:
    if table == "accounts":
        return (1, *(load for load in range(2, loads + 1) if dice.random() < 0.8))
    first = dice.choice((1, 1, 1, 1, 1, 1, 1, 1, dice.randint(1, loads), loads + 1))
    return tuple(load for load in range(first, loads + 1) if load == first or dice.random() < 0.8)


def _kinds(load: int, dice: random.Random) -> tuple[str, ...]:
    near = [kind for kind in NEAR if dice.random() < 0.5]
    if load == 1 and "future" in near and dice.random() < 0.7:
        near.remove("future")  # rows of the first load count since ever as soon as they come true
    far = [kind for kind in FAR if dice.random() < (0.5 if load == 1 else 0.05)]
    return tuple(near + far)


def _blank(table: str, dice: random.Random) -> tuple[str, ...]:
    optional = [c.name for c in raw_tables()[table].columns if not c.is_required]
    return tuple(name for name in optional if dice.random() < 0.08)


def _settings(dice: random.Random) -> dict:
    """What company.yml says beside the limits; see company.py for the rest."""
    chosen: dict = {
        "time_zone": dice.choice(("UTC", "Europe/Berlin", "Pacific/Auckland")),
        "as_of": dice.choice(("latest_data", "latest_data", "run_date")),
        "usage_measure": dice.choice(("minutes", "actions", "quantity")),
    }
    if dice.random() < 0.85:
        chosen["score_from"] = str(FIRST_SUNDAY + timedelta(days=dice.randint(-3, 9)))
    if dice.random() < 0.8:
        chosen["key_actions"] = ["send", "share"]
    return chosen


def _runs(plan: Plan, dice: random.Random) -> tuple[Run, ...]:
    """A refresh after each load or several at once; now and then one for an earlier date."""
    loads = len(plan.load_days)
    runs: list[Run] = []
    for load in range(1, loads + 1):
        if load < loads and dice.random() < 0.25:
            continue  # landed, and refreshed together with the next one
        free = plan.loaded_at(load + 1) - plan.loaded_at(load) if load < loads else None
        delay = timedelta(days=dice.choice((0.05, 0.3, 1, 2, 6)))
        now = plan.loaded_at(load) + (min(delay, free) if free else delay)
        runs.append(Run(load, now.isoformat(), _as_of(now, dice)))
        if dice.random() < 0.15:
            later = _as_of(now, dice) or str(now.date() - timedelta(days=dice.randint(1, 40)))
            runs.append(Run(load, now.isoformat(), later))
        if dice.random() < 0.08:
            begin = str(now.date() - timedelta(days=dice.randint(1, 60)))
            runs.append(Run(load, now.isoformat(), runs[-1].as_of, rebuild_from=begin))
    return tuple(runs)


def _as_of(now: datetime, dice: random.Random) -> str | None:
    if dice.random() < 0.75:
        return None
    return str(now.date() - timedelta(days=dice.choice((0, 1, 2, 7, 20, 45))))
