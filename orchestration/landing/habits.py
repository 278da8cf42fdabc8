"""What `reading:` in company.yml makes of a text: SQL over one value, always text again.

A value that the stated form does not fit stays as it is: staging judges it. Where nothing is stated
nothing is guessed; `looks_unread` finds the dates that then nobody can read.
"""

from collections.abc import Iterable

from orchestration.base.lockdown import text_literal
from orchestration.company.reading import DATES, DateForm, Reading
from orchestration.company.tables import Column

NUMBERS = ("integer", "bigint", "decimal", "money", "rate")
ORDERS = ("dmy", "mdy", "ymd")

_YEAR, _TWO = r"(\d{4}|\d{2})", r"(\d{1,2})"
_TIME = (
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*(?:([AaPp])\.?[Mm]\.?)?"
    r"\s*(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
)
# Dates with another order or sign, years of two digits; and 20251231, Excel's days, epochs.
# Letters are those of times alone: what looks like a date is shown in messages.
_WRITTEN = (
    r"\s*(\d{1,4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4})"
    r"([T ,][\d:., +APMZUTCapmz-]*)?"
)
_NUMBERED = r"\s*((19|20)\d{6}|[2-7]\d{4}(\.\d+)?|\d{10}(\.\d+)?|\d{13})\s*"


def as_read(text: str, column: Column, reading: Reading, table: str) -> str:
    """A raw table's value as the company means it: null signs, its dates and its numbers."""
    text = without_nulls(text, reading.nulls)
    form = reading.form_of(table, column.name)
    if form and column.data_type in DATES:
        return iso_text(text, form)
    if reading.decimal and column.data_type in NUMBERS:
        return plain_number(text, reading.decimal)
    return text


def says_something(column: Column, reading: Reading, table: str) -> bool:
    """Whether `as_read` may change a text of this column."""
    return as_read("x", column, reading, table) != "x"


def without_nulls(text: str, nulls: Iterable[str]) -> str:
    """Null where the text is one of the signs for nothing."""
    signs = ", ".join(text_literal(sign.strip()) for sign in nulls)
    return f"case when trim({text}) in ({signs}) then null else {text} end" if signs else text


def plain_number(text: str, decimal: str) -> str:
    """`1.234,50` as 1234.50; the sign that is not the decimal one stands between thousands."""
    thousands = "." if decimal == "," else ","
    grouped = rf"\s*[+-]?(\d{{1,3}}([{thousands}]\d{{3}})+|\d+)([{decimal}]\d+)?\s*"
    return (
        f"case when regexp_full_match({text}, {text_literal(grouped)}) "
        f"then replace(replace(trim({text}), '{thousands}', ''), '{decimal}', '.') else {text} end"
    )


def iso_text(text: str, form: DateForm) -> str:
    """A date or time that is written in this form, as ISO 8601."""
    if form == "excel":
        return _from_excel(text)
    if form in ORDERS:
        return _from_order(text, form)
    return _from_epoch(text, 1_000_000 if form == "epoch_s" else 1_000)


def _from_order(text: str, order: str) -> str:
    """Two-digit years are those of POSIX: 69 to 99 are 19.., 00 to 68 are 20..; time zones stay."""
    signs = "[./-]".join(_YEAR if part == "y" else _TWO for part in order)
    pattern = text_literal(rf"^\s*{signs}{_TIME}\s*$")
    whole = text
    if order == "ymd":  # 20251231 too
        compact = r"^\s*((?:19|20)\d{2})(\d{2})(\d{2})\s*$"
        whole = rf"regexp_replace({text}, '{compact}', '\1-\2-\3')"
    names = ", ".join(f"'{name}'" for name in (*order, "h", "i", "s", "p", "z"))
    hour = (
        "case when p.p in ('p', 'P') then cast(p.h as integer) % 12 + 12 "
        "when p.p in ('a', 'A') then cast(p.h as integer) % 12 else cast(p.h as integer) end"
    )
    iso = (
        "case when length(p.y) = 2 then case when p.y <= '68' then '20' else '19' end else '' end "
        "|| p.y || '-' || lpad(p.m, 2, '0') || '-' || lpad(p.d, 2, '0') || case when p.h = '' "
        f"then '' else 'T' || lpad(cast({hour} as varchar), 2, '0') || ':' || p.i || ':' || "
        "case p.s when '' then '00' else p.s end || replace(upper(p.z), 'UTC', 'Z') end"
    )
    return (
        f"list_transform([regexp_extract({whole}, {pattern}, [{names}])], lambda p: "
        f"list_transform([case when p.y <> '' then {iso} end], lambda iso: "
        f"case when try_cast(iso as timestamp) is null then {text} else iso end)[1])[1]"
    )


def _from_epoch(text: str, microseconds: int) -> str:
    """Seconds (or thousandths) since 1970, which are a moment of UTC."""
    moment = f"make_timestamp(cast(cast({text} as decimal(22, 6)) * {microseconds} as bigint))"
    return (
        f"case when regexp_full_match({text}, '\\s*-?\\d{{1,13}}(\\.\\d{{1,6}})?\\s*') "
        f"then replace(cast({moment} as varchar), ' ', 'T') || '+00:00' else {text} end"
    )


def _from_excel(text: str) -> str:
    """Days since 1899-12-30, with the time of day as a fraction, to the second; local time."""
    seconds = f"cast(round(cast({text} as double) * 86400) as bigint)"
    moment = f"timestamp '1899-12-30' + to_seconds({seconds})"
    is_day = f"cast({text} as double) = trunc(cast({text} as double))"
    return (
        f"case when not regexp_full_match({text}, '\\s*\\d{{1,6}}(\\.\\d+)?\\s*') then {text} "
        f"when {is_day} then cast(cast({moment} as date) as varchar) "
        f"else replace(cast({moment} as varchar), ' ', 'T') end"
    )


def looks_unread(text: str) -> str:
    """True where a text looks like a date or a time and is not ISO."""
    pattern = text_literal(f"{_WRITTEN}|{_NUMBERED}")
    return (
        f"case when {text} like '____-__-__%' then false "  # ISO, as far as a date's order goes
        f"else regexp_full_match({text}, {pattern}) end"
    )
