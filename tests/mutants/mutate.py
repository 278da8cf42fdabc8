"""Small wrong versions of a model's or macro's text, one change each.

Works on the tokens of sqlglot, Jinja left as it stands, so that a mutant names the line that people
read. What is inside `{{ }}` is mutated too, quoted SQL included; comments are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot.tokens import Token, TokenType

# A name for what is found → what takes its place.
SWAPS: dict[str, tuple[str, ...]] = {
    "<": ("<=",),
    "<=": ("<",),
    ">": (">=",),
    ">=": (">",),
    "<>": ("=",),
    "and": ("or",),
    "or": ("and",),
    "min": ("max",),
    "max": ("min",),
    "least": ("greatest",),
    "greatest": ("least",),
    "bool_or": ("bool_and",),
    "bool_and": ("bool_or",),
    "lead": ("lag",),
    "lag": ("lead",),
    "row_number": ("rank",),
    "sum": ("max",),
    "desc": ("asc",),
    "asc": ("desc",),
    "first": ("last",),
    "last": ("first",),
    "true": ("false",),
    "false": ("true",),
    "left": ("inner",),
    "inner": ("left",),
    "preceding": ("following",),
    "distinct": ("",),
    "not": ("",),
}
COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}
# Jinja calls that stand for a condition; without them the condition is gone.
CONDITIONS = ("is_known", "is_in_force", "in_last_days", "is_in_tier", "is_in_band")
CONDITIONS += ("condition_holds", "ticket_is_open")
FILTERS = ("where_changed", "where_in_this_build")
FIRST_ARGUMENT = ("coalesce", "nullif")
TYPES = ("decimal", "varchar", "numeric")
OPERANDS = {TokenType.VAR, TokenType.NUMBER, TokenType.R_PAREN, TokenType.R_BRACE}


@dataclass(frozen=True)
class Mutant:
    """The text of a file with one change."""

    file: str
    line: int
    column: int
    found: str
    put: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.found or '(nothing)'} → {self.put}"


def mutants(file: str, text: str, first_line: int = 1) -> Iterator[Mutant]:
    """All mutants of a text that begins on that line of a file, in the order of their places."""
    found: set[tuple[int, int, str]] = set()
    for start, end, put in sorted(_changes(text, 0)):
        if (start, end, put) in found or text[start:end] == put:
            continue
        found.add((start, end, put))
        line = text.count("\n", 0, start) + first_line
        column = start - text.rfind("\n", 0, start)
        yield Mutant(file, line, column, text[start:end], put, text[:start] + put + text[end:])


def _changes(text: str, offset: int) -> Iterator[tuple[int, int, str]]:
    """Start, end and replacement of every change, counted in the whole file."""
    readable = COMMENT.sub(lambda comment: " " * len(comment.group()), text)
    if readable.count("'") % 2:  # a part of a quotation, the rest of which Jinja adds
        last = readable.rindex("'")
        readable = readable[:last] + " " + readable[last + 1 :]
    tokens = sqlglot.tokenize(readable, dialect="duckdb")
    for place, token in enumerate(tokens):
        for start, end, put in _of_token(text, tokens, place):
            yield offset + start, offset + end, put
        quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        if quoted and " " in token.text and _is_in_jinja(tokens, place):
            yield from _changes(text[token.start + 1 : token.end], offset + token.start + 1)


def _of_token(text: str, tokens: list[Token], place: int) -> Iterator[tuple[int, int, str]]:
    token, word = tokens[place], tokens[place].text.lower()
    before = tokens[place - 1] if place else None
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    start, end = token.start, token.end + 1
    if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
        return
    if word in ("left", "inner") and (after is None or after.text.lower() != "join"):
        return
    if word == "and" and _belongs_to_between(tokens, place):
        return
    if word in ("first", "last") and (before is None or before.text.lower() != "nulls"):
        return
    if word in SWAPS and not _is_in_control(tokens, place):
        if word == "not" and after is not None and after.text.lower() == "exists":
            return
        for put in SWAPS[word]:
            yield start, end, put
    elif word == "=" and not _is_in_control(tokens, place):
        pair = _qualified_pair(tokens, place)
        if pair:  # a condition of a join left out
            yield pair[0], pair[1], "true"
        else:
            yield start, end, "<>"
    elif word in ARITHMETIC and _is_arithmetic(text, tokens, place):
        yield start, end, ARITHMETIC[word]
    elif word == "0.5":
        yield start, end, "0.6"
    elif token.token_type == TokenType.NUMBER and word.isdigit():
        if not _is_in_type(tokens, place):
            yield start, end, str(int(word) + 1)
            if int(word) > 0:
                yield start, end, str(int(word) - 1)
    elif word in FIRST_ARGUMENT and after is not None and after.text == "(":
        yield from _first_argument(text, tokens, place)
    elif word == "filter" and after is not None and after.text == "(":
        closing = _closing(tokens, place + 1)
        if closing:
            yield start, closing, ""
    elif word == "is" and after is not None and after.text.lower() == "null":
        yield after.start, after.start, "not "
    elif word == "union" and after is not None:
        if after.text.lower() == "all":
            yield after.start, after.end + 1, ""
        else:
            yield end, end, " all"
    elif word in CONDITIONS and _opens_jinja(tokens, place):
        yield tokens[place - 2].start, _end_of_jinja(text, token.end), "true"
    elif word in FILTERS and _opens_jinja(tokens, place):
        yield tokens[place - 2].start, _end_of_jinja(text, token.end), ""
    elif word == "partition by":
        yield from _partitions(tokens, place)


def _is_arithmetic(text: str, tokens: list[Token], place: int) -> bool:
    """Between two operands: no `count(*)`, no sign, no dash of Jinja's that trims blanks."""
    token, around = tokens[place], tokens[place - 1 : place] + tokens[place + 1 : place + 2]
    marks = text[max(0, token.start - 1) : token.start] + text[token.end + 1 : token.end + 2]
    opening = OPERANDS | {TokenType.L_PAREN, TokenType.L_BRACE}
    return (
        len(around) == 2
        and around[0].token_type in OPERANDS
        and around[1].token_type in opening
        and not set(marks) & set("{}%#")
    )


def _is_in_jinja(tokens: list[Token], place: int) -> bool:
    """Inside `{{ }}` or `{% %}`, as far as the tokens before tell."""
    depth = 0
    for token in tokens[:place]:
        if token.token_type in (TokenType.BLOCK_START, TokenType.L_BRACE):
            depth += 1
        elif token.token_type in (TokenType.BLOCK_END, TokenType.R_BRACE):
            depth -= 1
    return depth > 0


def _is_in_control(tokens: list[Token], place: int) -> bool:
    """Inside `{% %}`: conditions and loops of the template, not of the SQL."""
    for token in reversed(tokens[:place]):
        if token.token_type == TokenType.BLOCK_END:
            return False
        if token.token_type == TokenType.BLOCK_START:
            return True
    return False


def _belongs_to_between(tokens: list[Token], place: int) -> bool:
    depth = 0
    for token in reversed(tokens[:place]):
        word = token.text.lower()
        depth += {")": 1, "(": -1}.get(word, 0)
        if depth < 0 or (depth == 0 and word in ("and", "or", "when", "where", "on")):
            return False
        if depth == 0 and word == "between":
            return True
    return False


def _is_in_type(tokens: list[Token], place: int) -> bool:
    """A number of `decimal(28, 9)`, or of a call of Jinja's own such as `indent(4)`."""
    for token in reversed(tokens[max(0, place - 4) : place]):
        if token.text.lower() in TYPES:
            return True
        if token.text not in ("(", ",") and token.token_type != TokenType.NUMBER:
            return False
    return False


def _qualified_pair(tokens: list[Token], place: int) -> tuple[int, int] | None:
    """`a.x = b.y`, and nothing more: the places where it begins and ends."""
    around = tokens[place - 3 : place] + tokens[place + 1 : place + 4]
    if len(around) < 6 or [t.text for t in (around[1], around[4])] != [".", "."]:
        return None
    beyond = tokens[place + 4].text if place + 4 < len(tokens) else ""
    if beyond in ("(", ".", "+", "-", "*", "/"):
        return None
    return around[0].start, around[5].end + 1


def _closing(tokens: list[Token], opening: int) -> int | None:
    """Where the bracket ends; None where the text is a part, and it stays open."""
    depth = 0
    for token in tokens[opening:]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0:
            return token.end + 1
    return None


def _first_argument(text: str, tokens: list[Token], place: int) -> Iterator[tuple[int, int, str]]:
    """`coalesce(a, b)` → `a`."""
    depth = 0
    for token in tokens[place + 1 :]:
        depth += {"(": 1, ")": -1, "{": 1, "}": -1}.get(token.text, 0)
        if depth == 1 and token.text == ",":
            first = text[tokens[place + 1].end + 1 : token.start].strip()
            closing = _closing(tokens, place + 1)
            if closing:
                yield tokens[place].start, closing, f"({first})"
            return


def _partitions(tokens: list[Token], place: int) -> Iterator[tuple[int, int, str]]:
    """`partition by a, b` without one of its parts; a part alone is left out with its words."""
    parts, depth, begin = [], 0, place + 1
    for at in range(place + 1, len(tokens)):
        word = tokens[at].text.lower()
        depth += {"(": 1, ")": -1, "{": 1, "}": -1}.get(word, 0)
        ends = depth < 0 or (depth == 0 and word in ("order by", "rows", "range"))
        if ends or (depth == 0 and word == ","):
            parts.append((tokens[begin].start, tokens[at - 1].end + 1))
            begin = at + 1
        if ends:
            break
    for number, (start, end) in enumerate(parts):
        if len(parts) == 1:
            yield tokens[place].start, end, ""
        elif number == 0:
            yield start, parts[1][0], ""
        else:
            yield parts[number - 1][1], end, ""


def _opens_jinja(tokens: list[Token], place: int) -> bool:
    return place >= 2 and tokens[place - 1].text == "{" and tokens[place - 2].text == "{"


def _end_of_jinja(text: str, start: int) -> int:
    return text.index("}}", start) + 2
