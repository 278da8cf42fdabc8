"""One generated history: all rows that one account (and now and then a second one) ever lands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from orchestration.company.tables import raw_tables
from tests.properties.content import FAULTS, HAPPENED, MAKERS, Maker, account, subscription
from tests.properties.pen import Pen
from tests.properties.plan import FIRST_EVENT, FIRST_SUNDAY, LAST_DAY, Plan

TWIN = "{h}x"  # the second account: rows move to it
NOBODY = "nobody"  # an account that never comes


class Row(NamedTuple):
    """One row of one load; columns that are not named are empty."""

    load: int
    table: str
    values: dict[str, str | None]


@st.composite
def histories(draw: Callable[[st.SearchStrategy], Any], plan: Plan, is_peer: bool) -> list[Row]:
    """The rows of one history; ids hold `{h}` where the history's number belongs."""
    pen = Pen(draw, plan, is_peer)
    first_load, rows_from = _arrival(pen)
    things = [Thing(pen, "accounts", "{h}", account, pen.number(-300, 60), first_load)]
    has_twin = pen.chance(25)
    if has_twin:
        things.append(Thing(pen, "accounts", TWIN, account, -200, 1))
        things.append(Thing(pen, "subscriptions", TWIN + "-s1", subscription, -50, rows_from))
    for table, (maker, most) in MAKERS.items():
        if table in plan.landed:
            for number in range(pen.number(0, most)):
                things.append(_thing(pen, table, number + 1, maker, rows_from))
    rows = [row for thing in things for row in thing.rows(has_twin)]
    rows += _steady_use(pen, rows_from)
    return [row for row in map(lambda row: _blanked(row, plan), rows) if row.values]


def _arrival(pen: Pen) -> tuple[int, int]:
    """The load with the account's first row, and the first with rows about it."""
    loads = pen.plan.landed["accounts"]
    if pen.chance(80) or len(loads) == 1:
        return 1, 1
    first = pen.pick(*loads[1:])
    if pen.plan.allows("orphan", first):
        return first, 1
    return first, first - 1 if first > 2 and pen.chance(40) else first


def _thing(pen: Pen, table: str, number: int, maker: Maker, rows_from: int) -> Thing:
    day = pen.pick(pen.number(FIRST_EVENT, LAST_DAY), pen.number(30, LAST_DAY), pen.number(0, 90))
    key = "{h}-" + table[0] + str(number)
    if table == "users":
        key = "{h}-u" + str(number)
    elif table == "contacts":
        key = "{h}-c" + str(number)
    elif table == "subscriptions":
        day = pen.pick(-60, -60, day)
    elif table == "usage_daily":
        users = ("{h}-u1", "{h}-u2", "", "")
        key = "/".join(
            (pen.pick("day", "week", "month"), pen.pick(*users), pen.pick("mail", "drive", ""))
        )
    elif table in ("onboarding_milestones", "readiness_checks", "business_outcomes"):
        key = pen.pick("documents_shared", "go_live", "training")
    return Thing(pen, table, key, maker, day, rows_from)


class Thing:
    """One key of one table, and what its rows say in each load."""

    def __init__(self, pen: Pen, table: str, key: str, maker: Maker, day: int, rows_from: int):
        self.pen, self.table, self.key, self.maker, self.day = pen, table, key, maker, day
        self.plan = pen.plan
        self.loads = [
            load
            for load in self.plan.landed.get(table, ())
            if load >= rows_from and (table, load) not in self.plan.emptied
        ]
        self.has_updates = pen.chance(35)
        self.updates = 0

    def rows(self, has_twin: bool) -> Iterator[Row]:
        values = self.maker(self.pen, self.key, self.day)
        is_state = raw_tables()[self.table].is_state
        there, was_there = True, False
        for load in self._loads_that_hold_it(is_state):
            if was_there:
                values, there, is_deleted = self._next(values, load, there, is_state, has_twin)
                if not there and not is_deleted:
                    continue
            else:
                is_deleted = False
            written = self._as_known(values, load)
            if written is None:
                continue
            was_there = True
            yield self._row(load, written, is_deleted)
            yield from self._beside(load, written)

    def _loads_that_hold_it(self, is_state: bool) -> list[int]:
        """A state table's snapshots since the thing is there; for others any later load may."""
        in_time = [load for load in self.loads if self.plan.load_days[load - 1] >= self.day]
        if self.table == "accounts":
            in_time = self.loads
        if len(in_time) > 1 and self.pen.chance(25):
            later = [load for load in in_time[1:] if self.plan.allows("late", load)]
            if later:
                begin = self.pen.pick(*later)
                in_time = [load for load in in_time if load >= begin]
        if is_state:
            return in_time
        return in_time[:1] + [load for load in in_time[1:] if self.pen.chance(35)]

    def _next(
        self, values: dict, load: int, there: bool, is_state: bool, has_twin: bool
    ) -> tuple[dict, bool, bool]:
        """What the next row says: the values, whether the thing is there, whether it is marked."""
        allows = self.plan.allows
        if not there:
            return values, allows("return", load) and self.pen.chance(50), False
        if is_state and allows("vanish", load) and self.pen.chance(12):
            return values, False, False
        if allows("delete", load) and self.pen.chance(8):
            return values, False, True
        happens = [
            kind
            for kind in ("update", "move_day", "move_account", "segment", "fault")
            if allows(kind, load)
        ]
        if not happens or not self.pen.chance(45):
            if not is_state and not allows("again", load):
                return values, False, False
            return values, True, False
        kind = self.pen.pick(*happens)
        if kind == "move_account" and self.table not in ("accounts", "usage_daily") and has_twin:
            other = TWIN if values.get("account_id") == "{h}" else "{h}"
            return {**values, "account_id": other}, True, False
        if kind == "move_day":
            fresh = self.maker(self.pen, self.key, self.day + self.pen.number(-40, 20))
            happened = HAPPENED.get(self.table)
            return {**values, **({happened: fresh[happened]} if happened else {})}, True, False
        if kind == "fault" and self.table in FAULTS and self.pen.chance(60):
            return {**values, **dict([FAULTS[self.table]])}, True, False
        fresh = self.maker(self.pen, self.key, self.day)
        kept = {name for name in values if self.pen.chance(60)}
        return {**fresh, **{name: values[name] for name in kept}}, True, False

    def _as_known(self, values: dict, load: int) -> dict | None:
        """Without what has not happened yet; None where there is nothing to tell yet."""
        now = FIRST_SUNDAY + timedelta(days=int(self.plan.load_days[load - 1]))
        if self.plan.allows("future", load) and self.pen.chance(15):
            return values
        known = dict(values)
        for column in raw_tables()[self.table].columns:
            day = _day(known.get(column.name)) if column.has_happened else None
            if day and day > now:
                if column.is_required:
                    return None
                known[column.name] = None
        return known

    def _row(self, load: int, values: dict, is_deleted: bool = False) -> Row:
        pen, common = self.pen, {}
        if is_deleted:
            common["is_deleted"] = pen.pick("true", "1")
        if self.has_updates and pen.chance(85):
            # Now and then older than what is known, or the same.
            self.updates += pen.pick(1, 1, 1, 0, -1)
            day = int(self.plan.load_days[load - 1])
            common["updated_at"] = pen.moment(min(day, 40 + self.updates * 3), 5)
        if pen.chance(12):
            common["arrived_at"] = self._own_arrival(load)
        if self.plan.allows("fault", load) and self.table in FAULTS and pen.chance(3):
            wrong = pen.pick(FAULTS[self.table], ("account_id", NOBODY), self._without_key())
            values = {**values, **dict([wrong])}
        return Row(load, self.table, {**values, **common})

    def _without_key(self) -> tuple[str, None]:
        return raw_tables()[self.table].key[0], None

    def _own_arrival(self, load: int) -> str | None:
        day = int(self.plan.load_days[load - 1])
        if self.plan.allows("early_arrival", load):
            return self.pen.moment(max(min(self.day, day), day - self.pen.number(0, 90)))
        return self.pen.moment(day - self.pen.number(0, 4), 0) if self.pen.chance(50) else None

    def _beside(self, load: int, written: dict) -> Iterator[Row]:
        """The same key again in the same load: with the same content, or with another."""
        if self.plan.allows("twice", load) and self.pen.chance(5):
            yield Row(load, self.table, written)
        if self.plan.allows("clash", load) and self.pen.chance(5):
            other = self._as_known(self.maker(self.pen, self.key, self.day), load)
            if other:
                yield self._row(load, {**other, **self._key_of(written)})

    def _key_of(self, values: dict) -> dict:
        return {name: values.get(name) for name in raw_tables()[self.table].key}


def _steady_use(pen: Pen, rows_from: int) -> list[Row]:
    """Use in many weeks in a row, so that the account has a level of its own."""
    plan, table = pen.plan, pen.pick("usage_events", "usage_events", "usage_daily", None)
    if table not in plan.landed:
        return []
    maker, _ = MAKERS[table]
    key = f"{pen.pick('day', 'week', 'month')}//mail"
    step = 31 if key.startswith("month") and table == "usage_daily" else 7
    template = maker(pen, key if table == "usage_daily" else "", 0)
    happened = HAPPENED[table]
    rows = []
    for week, day in enumerate(range(pen.number(FIRST_EVENT, 0), pen.number(30, LAST_DAY), step)):
        loads = [
            load
            for load in plan.landed[table]
            if plan.load_days[load - 1] > day + 1
            and load >= rows_from
            and (table, load) not in plan.emptied
        ]
        if not loads or pen.chance(8):
            continue
        late = [load for load in loads[1:] if plan.allows("late", load)]
        load = pen.pick(*late) if late and pen.chance(6) else loads[0]
        if table == "usage_events":
            changes = {
                "event_id": f"{{h}}-w{week}",
                "occurred_at": pen.moment(day),
                "duration_seconds": pen.pick("60", "3000", "30000"),
                "quantity": pen.pick(None, "1", "40"),
            }
        else:
            on = maker(pen, key, day)[happened]
            changes = {happened: on, "events": pen.pick("1", "9", "300")}
        rows.append(Row(load, table, {**template, **changes}))
    return rows


def _blanked(row: Row, plan: Plan) -> Row:
    """Without the columns that nobody fills yet, and without empty values."""
    blank = plan.blank.get(row.table, ()) if row.load < plan.filled_from.get(row.table, 1) else ()
    values = {k: v for k, v in row.values.items() if v is not None and k not in blank}
    return Row(row.load, row.table, values)


def _day(text: str | None) -> date | None:
    try:
        return datetime.fromisoformat(text[:10]).date() if text else None
    except ValueError:
        return None
