"""Suggestions for misspelt names. Only wording belongs here."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, if any does."""
    by_lower = {option.lower(): option for option in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """` (did you mean `x`?)`, or nothing."""
    found = nearest(name, known)
    return f" (did you mean `{found}`?)" if found else ""
