"""What messages and logs may not carry: e-mail addresses, and values that an engine quotes.

DuckDB names the value that it could not convert, and shows the line of a CSV file. Such a value may
be anybody's name. Names of columns, files and models, and everything else an engine says, stays.
"""

import re
import traceback

EMAIL = re.compile(r"[^\s@'\"`(),;:=|<>]+@[^\s@'\"`(),;:=|<>]+")
MASK = "(personal)"
HIDDEN = "(value not shown)"
# Kinds of errors that quote what stands in a row, and what may be told of them after the value.
QUOTING = re.compile(
    r"(?:Conversion|Out of Range|Invalid Input|Type Mismatch) Error:|"
    r"Constraint Error: (?=Duplicate|Violates)"
)
TAIL = re.compile(r"['\"]( to '?[A-Z][A-Z0-9(), ]*'?)?( when casting from source column \w+)?\W*$")
CSV_COLUMN = re.compile(r"Error when converting column \"(\w{1,63})\"")
# Said of the settings, not of a row.
HARMLESS = re.compile(r"Cannot (?:change|enable|set)\b")


def without_emails(text: str) -> str:
    """The text with every e-mail address masked."""
    return EMAIL.sub(MASK, text)


def engine_message(error: BaseException | str) -> str:
    """An engine's message without the values that it quotes; its first line where it quotes any."""
    text = str(error).strip()
    found = QUOTING.search(text)
    if found is None or HARMLESS.match(text[found.end() :].lstrip()):
        return without_emails(text)
    head, rest = text[: found.end()].rstrip(), text[found.end() :].strip()
    first = rest.split("\n")[0]
    quote = re.search(r"['\"]", first)
    if quote:
        tail = TAIL.search(first, quote.end())
        said = "".join(part or "" for part in tail.groups()) if tail else ""
        first = f"{first[: quote.start()].rstrip()} {HIDDEN}{said}"
    column = CSV_COLUMN.search(rest)
    where = f", column {column[1]}" if column else ""
    return without_emails(f"{head} {first}{where}")


def trace(error: BaseException) -> str:
    """A traceback for developers: where it happened, with masked messages."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        stack = "".join(traceback.format_tb(seen.__traceback__))
        parts.insert(0, f"{stack}{type(seen).__name__}: {engine_message(seen)}\n")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\nwhich led to\n\n".join(parts)
