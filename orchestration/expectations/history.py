"""What checks measured, refresh by refresh: one JSON line each, a file a month, never rewritten.

Only published refreshes are a measure for later ones; a rollback does not change what was learned.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.base.files import append_lines, read_lines
from orchestration.expectations.checks import Result

REMEMBERED = 28  # published refreshes that are read; weekdays and months differ


@dataclass
class History:
    """Lines of published refreshes by check, oldest first."""

    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    load_number: int = 0

    @classmethod
    def read(cls, folder: Path, published: Iterable[str]) -> "History":
        """The newest lines of these refreshes; months are read backwards as far as needed."""
        published, seen = set(published), set()
        found: list[dict[str, Any]] = []
        for path in sorted(folder.glob("*.jsonl"), reverse=True):
            lines = [line for line in read_lines(path) if line.get("refresh_id") in published]
            found = lines + found
            seen |= {line["refresh_id"] for line in lines}
            if len(seen) >= REMEMBERED:
                break
        return cls.of(found)

    @classmethod
    def of(cls, lines: Iterable[dict[str, Any]]) -> "History":
        """Lines of refreshes that were all published."""
        history = cls()
        for line in lines:
            history.add(line)
        return history

    def add(self, line: dict[str, Any]) -> None:
        """One more line; one said again by the same refresh replaces the first."""
        known = self.lines.setdefault(line["check"], [])
        if known and known[-1]["refresh_id"] == line["refresh_id"]:
            known.pop()
        known.append(line)
        del known[:-REMEMBERED]
        self.load_number = max(self.load_number, line.get("load") or 0)

    def values(self, check: str) -> list[float]:
        """What was measured; what passed only because it was acknowledged is no measure."""
        return [
            line["value"]
            for line in self.lines.get(check, [])
            if line.get("value") is not None and not line.get("acknowledged")
        ]

    def shifts(self, check: str) -> list[float]:
        """How far it was from what it was compared with; acknowledged shifts left out."""
        return [
            line["value"] - line["usual"]
            for line in self.lines.get(check, [])
            if "value" in line and "usual" in line and not line.get("acknowledged")
        ]

    def details(self, check: str) -> list[dict[str, Any]]:
        """What else was noted, oldest first."""
        return [line["detail"] for line in self.lines.get(check, []) if line.get("detail")]

    def detail(self, check: str, name: str) -> Any:
        """The newest note of this name; None where there is none."""
        found = [detail[name] for detail in self.details(check) if detail.get(name) is not None]
        return found[-1] if found else None


def lines_of(
    results: Iterable[Result], gate: str, refresh_id: str, at: datetime, load: int
) -> list[dict[str, Any]]:
    """Results as history keeps them."""
    lines = []
    for result in results:
        check = result.check
        line = {
            "refresh_id": refresh_id,
            "at": at.isoformat(timespec="seconds"),
            "gate": gate,
            "load": load,
            "check": check.name,
            "status": result.status,
            "value": _short(check.value),
            "low": _short(check.low),
            "high": _short(check.high),
            "usual": _short(check.usual),
            "acknowledged": result.acknowledged or None,
            "error": result.error or None,
            "detail": dict(check.detail) or None,
        }
        lines.append({name: value for name, value in line.items() if value is not None})
    return lines


def append(folder: Path, lines: list[dict[str, Any]], at: datetime) -> None:
    """Add lines to the month's file, durably."""
    append_lines(folder / f"{at:%Y-%m}.jsonl", lines)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.9g}")


def as_json(lines: list[dict[str, Any]]) -> str:
    """Lines as one text, for the page's neighbour."""
    return json.dumps(lines, indent=1, ensure_ascii=False)
