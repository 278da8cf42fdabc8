"""What a value of the environment may be, and the words that refuse one.

Only checking belongs here: what there is to set, and its defaults, stand in `settings.py`. All bad
values are told at once, each by its variable, with what is allowed and a line that would do.
"""

import calendar
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from orchestration.base.errors import BadInput

LONGEST_SHOWN = 60
UNITS = {"M": 1, "G": 1000, "T": 1000 * 1000}
MONTHS = [name.lower() for name in calendar.month_abbr[1:]]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
# Of a cron line: the first and last number of a field, and the names that stand for numbers.
CRON_FIELDS: tuple[tuple[int, int, list[str]], ...] = (
    (0, 59, []),
    (0, 23, []),
    (1, 31, []),
    (1, 12, ["", *MONTHS]),
    (0, 7, WEEKDAYS),
)
LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}  # the others have 31 days


class Values:
    """Reads values by name; an empty one counts as none. `require_good` tells what was wrong."""

    def __init__(self, given: Mapping[str, str], root: Path):
        self.given = given
        self.root = root
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        return (self.given.get(name) or "").strip()

    def folder(self, name: str, default: str) -> Path:
        """A path, from the root where it is relative. It need not exist."""
        text = self.given.get(name) or ""
        path = (self.root / (text or default)).resolve()
        if text.startswith("~"):
            self._refuse(name, "a whole path: `~` is not replaced here", f"/srv/health/{default}")
        elif path.exists() and not path.is_dir():
            self._refuse(name, "a folder, and there is a file", f"/srv/health/{default}")
        return path

    def two_folders(self, one: tuple[str, Path], other: tuple[str, Path]) -> None:
        """Two paths that must not be the same."""
        if one[1] == other[1]:
            self._refuse(one[0], f"another folder than {other[0]}", f"{one[1]}/{one[0].lower()}")

    def number(self, name: str, default: int, at_least: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) < at_least:
            self._refuse(name, f"a whole number, at least {at_least}", str(default))
            return default
        return int(text)

    def choice(self, name: str, default: str, known: Iterable[str]) -> str:
        text = self.text(name).lower()
        if text and text not in known:
            self._refuse(name, f"one of {', '.join(known)}", default)
        return text or default

    def some_of(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """Names with spaces or commas between."""
        names = tuple(self.text(name).replace(",", " ").split())
        if set(names) - set(known):
            self._refuse(name, f"names out of {', '.join(known)}", ",".join(known[:2]))
        return names

    def memory(self, name: str, default: str, at_least_mb: int) -> str:
        """An amount as DuckDB reads it."""
        text = self.text(name)
        found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?) ?([MGT])(?:i?B)?", text, re.IGNORECASE)
        if text and (not found or float(found[1]) * UNITS[found[2].upper()] < at_least_mb):
            self._refuse(name, f"an amount in MB or GB, at least {at_least_mb}MB", default)
        return text or default

    def cron(self, name: str, example: str) -> str:
        text = self.text(name)
        if text and not is_cron(text):
            what = "five fields (minute, hour, day of the month, month, weekday) that name a time"
            self._refuse(name, what, f'"{example}"')
        return text

    def address(self, name: str) -> str:
        """Where a webhook lies. It may hold a secret, so it is never shown."""
        text = self.text(name)
        if text and not is_web_address(text):
            what = "an address that begins with https:// (or http://) and names a host"
            self._refuse(name, what, "https://hooks.example.com/health", is_secret=True)
        return text

    def secret(self, name: str) -> str:
        """A password or token; neither a mail server nor a webhook takes other characters."""
        text = self.text(name)
        if text and not (text.isascii() and text.isprintable()):
            what = "one line of ASCII letters, digits, signs and blanks"
            self._refuse(name, what, "a1-B2_c3", is_secret=True)
        return text

    def require_good(self) -> None:
        if self.problems:
            raise BadInput("\n".join(self.problems))

    def _refuse(self, name: str, allowed: str, example: str, is_secret: bool = False) -> None:
        given = " ".join((self.given.get(name) or "").split())
        shown = given if len(given) <= LONGEST_SHOWN else given[:LONGEST_SHOWN] + "…"
        value = "the value (a secret, not shown)" if is_secret else f"`{shown}`"
        self.problems.append(
            f"Environment variable {name}: {value} must be {allowed}. For example: {name}={example}"
        )


def is_web_address(text: str) -> bool:
    """http or https and a host; no blank, and no port that is none."""
    try:
        parts = urlsplit(text)
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    has_blank = any(sign.isspace() for sign in text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and is_port and not has_blank


def is_cron(text: str) -> bool:
    """Five fields of numbers, names, lists, ranges and steps, on a date that some year has."""
    fields = text.split()
    if len(fields) != len(CRON_FIELDS):
        return False
    read = [_numbers(field, *known) for field, known in zip(fields, CRON_FIELDS, strict=True)]
    if not all(read):
        return False
    _, _, days, months, _ = read
    is_by_date = fields[4] == "*"
    return not is_by_date or any(min(days) <= LONGEST_MONTHS.get(month, 31) for month in months)


def _numbers(field: str, first: int, last: int, names: list[str]) -> set[int]:
    """The numbers that one field of a cron line names; none where it can't be read."""
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        begin, dash, end = span.partition("-")
        low = first if span == "*" else _number(begin, names)
        high = last if span == "*" or (step and not dash) else _number(end, names) if dash else low
        width = _number(step, []) if "/" in part else 1
        if low is None or high is None or not width or not first <= low <= high <= last:
            return set()
        found |= set(range(low, high + 1, width))
    return found


def _number(text: str, names: list[str]) -> int | None:
    if re.fullmatch("[0-9]{1,2}", text):
        return int(text)
    return names.index(text) if text and text in names else None
