"""Listed values: which of a column's list a landed value is, in Python and as SQL.

A value is compared trimmed, in small letters, with blanks and hyphens as underscores: first with
the words of company.yml (`reading: values:`), then with the list and the synonyms that
_raw_tables.yml gives the column. The raw tables hold the result beside what was landed (raw_views).
"""

import json
from collections.abc import Mapping, Sequence

from orchestration.base.lockdown import text_literal
from orchestration.company.spelling import suggestion
from orchestration.company.tables import Column, raw_tables

SHOWN = 10  # unlisted values of a column that are named
OTHER = "other"  # what is kept of a value that no list has
BLANKS = " \t\r\n\u00a0"  # what is trimmed
Values = Mapping[
    str, Mapping[str, str]
]  # by "table.column": what the company writes, and its meaning


def checked(values: Values) -> None:
    """Raise ValueError for a column without a list, an unknown meaning, or twins."""
    for place, words in values.items():
        column = _listed_column(place)
        meanings = [*column.accepted, *([] if column.must_be_listed else [OTHER])]
        seen: dict[str, str] = {}
        for word, meaning in words.items():
            if meaning not in meanings:
                raise ValueError(
                    f"`{meaning}` is no value of {place}{suggestion(meaning, meanings)}; its "
                    f"values are {', '.join(meanings)}"
                )
            if seen.setdefault(as_compared(word), word) != word:
                raise ValueError(
                    f"{place}: `{word}` and `{seen[as_compared(word)]}` are compared as one "
                    "value; keep one of them"
                )


def _listed_column(place: str) -> Column:
    listed = {
        f"{table.name}.{column.name}": column
        for table in raw_tables().values()
        for column in table.listed_columns
    }
    if place not in listed:
        raise ValueError(
            f"`{place}` is no column with a list of values{suggestion(place, listed)}; these are "
            + ", ".join(listed)
        )
    return listed[place]


def as_compared(value: str) -> str:
    """A value as lists are compared."""
    return value.strip(BLANKS).lower().replace(" ", "_").replace("-", "_")


def meanings(table: str, column: Column, values: Values) -> dict[str, str]:
    """What stands for which value of the column's list, by how it is compared."""
    own = values.get(f"{table}.{column.name}", {})
    return (
        {value: value for value in column.accepted}
        | dict(column.synonyms)
        | {as_compared(word): meaning for word, meaning in own.items()}
    )


def as_listed(expression: str, table: str, column: Column, values: Values) -> str:
    """SQL: the value of the list that a landed text means; null for none."""
    compared = f"replace(replace(lower({trimmed(expression)}), ' ', '_'), '-', '_')"
    cases = " ".join(
        f"when {text_literal(word)} then {text_literal(meaning)}"
        for word, meaning in meanings(table, column, values).items()
    )
    listed = f"case {compared} {cases} end"
    if column.stands_for is None:
        return listed
    return (
        f"case when {expression} is null then {text_literal(column.stands_for)} else {listed} end"
    )


def trimmed(expression: str) -> str:
    """SQL: a text without blanks around it."""
    return f"trim({expression}, {text_literal(BLANKS)})"


def in_words(table: str, column: str, unlisted: Sequence[tuple[str, int]]) -> str:
    """Unlisted values of a column with their rows, the most first: `tickets.priority: ...`."""
    shown = ", ".join(f"{_printable(value)} ({_rows(rows)})" for value, rows in unlisted[:SHOWN])
    more = len(unlisted) - SHOWN
    return f"{table}.{column}: {shown}" + (f" and {more} more values" if more > 0 else "")


def line_to_add(table: str, column: str, unlisted: Sequence[tuple[str, int]]) -> str:
    """The line of company.yml that says what the values mean, and what may stand in it.

    It may be added as it is where `other` may stand there, and else is refused until one is chosen:
    a meaning that was guessed would become a number or a sign.
    """
    listed = _listed_column(f"{table}.{column}")
    meaning = "|".join(listed.accepted) if listed.must_be_listed else OTHER
    words = ", ".join(
        f"{json.dumps(value, ensure_ascii=not value.isprintable())}: {meaning}"
        for value, _ in unlisted[:SHOWN]
    )
    choice = (
        "choose one for each; leave out what means none of them, and its rows stay quarantined"
        if listed.must_be_listed
        else f"with one of {', '.join(listed.accepted)} where a value means it"
    )
    return f"reading: {{values: {{{table}.{column}: {{{words}}}}}}}\n    {choice}"


def _printable(value: str) -> str:
    """Nothing that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in value)


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
