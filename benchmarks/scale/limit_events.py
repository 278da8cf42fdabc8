"""The events of the limit: keys told apart, then days put together to weeks of accounts.

The only part that reads events. What the rest needs of them, as tables of the connection:

    account_weeks   account_id, week, users, n, bits        rows known by the end of their week;
                                                            bit k of `bits`: active on its k-th day
    late_weeks      account_id, week, user_id, counts_from, n, bits      rows known only later
    recent_users    account_id, week, user_id               users of the last weeks

Week 0 begins on Monday, 5 January 1970. Events are read in spans of time of about `SPAN_ROWS`
rows, so that what is grouped stays in the processor's caches; a file in the order of time is read
once by that, any other once for every span.

A key that stands twice is found by its hash: 64 bits of every key, sorted, kept for the next day,
whose keys are looked up in them. Equal hashes are suspects only: their rows are compared by key.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np

SPAN_ROWS = 3_000_000
EPOCH = "date '1970-01-05'"
DAYS_OF_GRACE = 35  # a row that arrives by so many days after a date counts for it
RECENT_WEEKS = 7  # those that a row of the next day can reach
NEVER = "cast(null as date)"
KEYS = "event_keys.npy"
# What the values rest on: two rows of a key that agree in it are as good as one.
CONTENT = "event_id, account_id, user_id, occurred_at, quantity"

MACROS = f"""
create or replace macro week_of(day) as cast((day - {EPOCH}) // 7 as smallint);
create or replace macro monday_of(week) as {EPOCH} + cast(week as integer) * 7;
create or replace macro date_of(week) as
    least({EPOCH} + cast(week as integer) * 7 + 6, getvariable('newest'));
"""


class Events:
    """The events of one load. `arrival` is its day; null in the first, whose rows count at once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path, arrival: date | None):
        self.connection = connection
        self.file = f"read_parquet('{file}', file_row_number = true)"
        self.arrival = f"date '{arrival}'" if arrival else NEVER
        connection.execute(MACROS)
        # dates go as text: the driver imports pandas before it binds a date
        self.rows, self.first_week, self.last_week, newest = connection.execute(f"""
            select
                count(*),
                week_of(cast(min(occurred_at) as date)),
                week_of(cast(max(occurred_at) as date)),
                cast(cast(max(occurred_at) as date) as varchar)
            from {self.file}
        """).fetchall()[0]
        connection.execute(f"set variable newest = date '{newest}'")

    def spans(self) -> list[str]:
        """Conditions on the time of whole weeks."""
        weeks = self.last_week + 1 - self.first_week
        at_once = max(1, weeks * SPAN_ROWS // max(self.rows, 1))
        return [
            f"occurred_at >= monday_of({week}) and occurred_at < monday_of({week + at_once})"
            for week in range(self.first_week, self.last_week + 1, at_once)
        ]

    def hash_keys(self, state: Path) -> None:
        """Sort and keep the hashes of all keys, and list the rows that repeat a key."""
        hashes, filled = np.empty(self.rows, np.uint64), 0
        for span in self.spans():
            part = self._hashes(span)
            hashes[filled : filled + len(part)] = part
            filled += len(part)
        hashes = hashes[:filled]
        hashes.sort()
        np.save(state / KEYS, hashes)
        self._list_repeated(hashes[1:][hashes[1:] == hashes[:-1]])

    def look_up_keys(self, state: Path, earlier: Path) -> None:
        """Keep the new hashes beside those of before, and list the rows whose key is known."""
        known = np.load(state / KEYS, mmap_mode="r")
        hashes = self._hashes("true")
        hashes.sort()
        np.save(state / f"new_{KEYS}", hashes)
        places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        is_suspect = known[places] == hashes
        is_suspect[1:] |= hashes[1:] == hashes[:-1]
        self._list_repeated(hashes[is_suspect], earlier)

    def _hashes(self, condition: str) -> np.ndarray:
        query = f"select hash(event_id) as h from {self.file} where {condition}"
        return np.ma.getdata(self.connection.execute(query).fetchnumpy()["h"])

    def _list_repeated(self, suspects: np.ndarray, earlier: Path | None = None) -> None:
        """Rows to leave out: all but the first of a key, all of a key that was there before."""
        listed = ", ".join(map(str, suspects.tolist()))
        self.connection.execute(
            f"create or replace temp table suspects as select unnest([{listed}]::ubigint[]) as h"
        )
        is_suspect = "hash(event_id) in (select h from suspects)"
        rows = f"select {CONTENT}, file_row_number as place from {self.file} where {is_suspect}"
        self.connection.execute(f"create or replace temp table suspect_rows as {rows}")
        if earlier:
            self._add_earlier(earlier, is_suspect)
        self.connection.execute(f"""
            create or replace temp table repeated as
            select
                place,
                row_number() over (partition by event_id order by place) as occurrence,
                min(hash({CONTENT})) over (partition by event_id)
                <> max(hash({CONTENT})) over (partition by event_id) as is_changed
            from suspect_rows
        """)
        (changed,) = self.connection.execute(
            "select count(*) from repeated where is_changed"
        ).fetchall()[0]
        assert not changed, "the generated data hold no key with two contents"
        self.connection.execute("delete from repeated where occurrence = 1 or place < 0")

    def _add_earlier(self, earlier: Path, is_suspect: str) -> None:
        """Add the suspects' rows of the earlier file.

        It is in the order of time: those of the same days lie in few of its row groups. Where one
        of them is not there, the whole file is read.
        """
        days = self.connection.execute(
            "select distinct cast(cast(occurred_at as date) as varchar) from suspect_rows"
        ).fetchall()
        on_days = " or ".join(
            f"(occurred_at >= date '{day}' and occurred_at < date '{day}' + 1)" for (day,) in days
        )
        for condition in (on_days or "false", "true"):
            self.connection.execute(
                f"insert into suspect_rows select {CONTENT}, -1 from read_parquet('{earlier}') "
                f"where {is_suspect} and ({condition})"
            )
            (missing,) = self.connection.execute(
                "select count(*) from suspects where h not in "
                "(select hash(event_id) from suspect_rows group by event_id having count(*) > 1)"
            ).fetchall()[0]
            if not missing:
                return
            self.connection.execute("delete from suspect_rows where place < 0")

    def read(self) -> None:
        """Put the load's events into the three tables; what these hold already stays in them."""
        create_tables(self.connection)
        for span in self.spans():
            self._group(span)
            self.connection.execute(f"""
                insert into account_weeks
                select account_id, week, count(user_id) filter (where n > 0), sum(n), bit_or(bits)
                from user_weeks
                where late_from is null
                group by account_id, week;

                insert into recent_users
                select account_id, week, user_id
                from user_weeks
                where late_from is null and user_id is not null and n > 0 and {is_recent("week")};

                insert into late_weeks
                select account_id, week, user_id, late_from, n, bits
                from user_weeks
                where late_from is not null;
            """)

    def _group(self, span: str) -> None:
        """What each user of an account did in each week; what came after the week apart."""
        is_use = "coalesce(quantity, 1) >= 0"  # a return is no use
        day, arrived = "cast(occurred_at as date)", "cast(arrived_at as date)"
        if self.arrival != NEVER:
            arrived = f"coalesce({arrived}, {self.arrival})"
        counts_from = f"greatest({arrived} - {DAYS_OF_GRACE}, {day})"
        self.connection.execute(f"""
            create or replace temp table user_weeks as
            select
                account_id,
                week_of({day}) as week,
                user_id,
                -- without an arrival of its own a row of the first load counts at once
                case
                    when {arrived} is null then null
                    when {counts_from} > date_of(week_of({day})) then {counts_from}
                end as late_from,
                cast(sum(cast({is_use} as utinyint)) as integer) as n,
                bit_or(
                    cast(cast({is_use} as utinyint) << (isodow(occurred_at) - 1) as utinyint)
                ) as bits
            from {self.file} as events
            anti join repeated on events.file_row_number = repeated.place
            where account_id is not null and action is not null and {span}
            group by all
        """)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The three tables, empty where they are not there yet."""
    connection.execute("""
        create table if not exists account_weeks
            (account_id varchar, week smallint, users integer, n integer, bits utinyint);
        create table if not exists late_weeks (
            account_id varchar, week smallint, user_id varchar, counts_from date, n integer,
            bits utinyint
        );
        create table if not exists recent_users
            (account_id varchar, week smallint, user_id varchar);
    """)


def is_recent(week: str) -> str:
    return f"{week} > week_of(getvariable('newest')) - {RECENT_WEEKS}"


def put_together(connection: duckdb.DuckDBPyConnection) -> None:
    """One row per account and week again, after a second load was read beside what was there."""
    connection.execute(f"""
        create or replace temp table distinct_users as
        select distinct * from recent_users where {is_recent("week")};

        create or replace temp table put_together as
        with weeks as (
            select
                account_id,
                week,
                max(users) as users,
                cast(sum(n) as integer) as n,
                bit_or(bits) as bits
            from account_weeks
            group by account_id, week
        ),
        counted as (
            select account_id, week, cast(count(*) as integer) as users
            from distinct_users
            group by account_id, week
        )
        select weeks.* replace (coalesce(counted.users, weeks.users) as users)
        from weeks
        left join counted using (account_id, week);

        truncate account_weeks;
        insert into account_weeks from put_together;
        truncate recent_users;
        insert into recent_users from distinct_users;
    """)
