"""How a typed value (of Parquet, or of a mapping's result) becomes the text of the raw zone."""

import re

from orchestration.company.tables import Column

# Whole numbers up to here are exact in a double.
LARGEST_EXACT = 9007199254740992

NUMERIC = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
)
UNREADABLE = re.compile(r"\[|^(STRUCT|MAP|UNION|VARIANT|GEOMETRY|INTERVAL|BIT)\b")


def is_readable(data_type: str) -> bool:
    """False for lists, structs and the like, which no raw column can hold."""
    return UNREADABLE.search(data_type) is None


def may_be_spelled(data_type: str, column: Column) -> bool:
    """Whether a value is a text, or a number where a day or a moment belongs (Excel, epochs)."""
    is_text = data_type in ("VARCHAR", "BLOB", "JSON") or data_type.startswith("ENUM")
    is_number = data_type.startswith(("DECIMAL", *NUMERIC))
    return is_text or (is_number and column.data_type in ("date", "timestamp"))


# Types that a column of each declared type keeps in Parquet: reading them back loses nothing.
KEPT = {
    "date": ("DATE", "TIMESTAMP"),
    "timestamp": ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    "boolean": ("BOOLEAN",),
    "integer": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "decimal": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "money": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "rate": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
}
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)\Z")
# Digits that a declared number has room for, before and after the point.
ROOM = {"decimal": (12, 6), "money": (14, 4), "rate": (10, 8)}


def is_kept(data_type: str, column: Column) -> bool:
    """Whether a value stays typed: one that its text would give again, in the declared type."""
    decimal = DECIMAL.match(data_type)
    if decimal and column.data_type in ROOM:
        width, scale = int(decimal[1]), int(decimal[2])
        before, after = ROOM[column.data_type]
        return width - scale <= before and scale <= after
    return data_type in KEPT.get(column.data_type, ())


def as_text(expression: str, data_type: str, column: Column) -> str:
    """SQL for one value as text: ISO 8601 times, floats with all digits, UTF-8 bytes."""
    if data_type in ("FLOAT", "DOUBLE"):
        return _float_text(expression)
    if data_type == "TIMESTAMP WITH TIME ZONE":
        plain = f"make_timestamp(epoch_us({expression}))"
        return _timestamp_text(plain, column, offset="+00:00")
    if data_type.startswith("TIMESTAMP"):
        return _timestamp_text(expression, column, offset="")
    if data_type == "BLOB":
        return f"decode({expression})"
    return f"cast({expression} as varchar)"


def _float_text(expression: str) -> str:
    # A whole number loses its `.0`: frames turn ids into floats as soon as one is missing, and
    # `17850.0` would then be another account than `17850`.
    return (
        f"case when {expression} = trunc({expression}) and abs({expression}) <= {LARGEST_EXACT} "
        f"then cast(cast({expression} as bigint) as varchar) "
        f"else cast({expression} as varchar) end"
    )


def _timestamp_text(expression: str, column: Column, offset: str) -> str:
    text = f"replace(cast({expression} as varchar), ' ', 'T') || '{offset}'"
    if column.data_type != "date":
        return text
    # Frames keep days as timestamps at midnight.
    return (
        f"case when {expression} = date_trunc('day', {expression}) "
        f"then cast(cast({expression} as date) as varchar) else {text} end"
    )
