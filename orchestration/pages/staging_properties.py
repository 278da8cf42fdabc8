"""The properties of the staging models, written from the specification of the raw tables.

Belongs here: `_staging.yml` and `rows/_rows.yml` below `dbt_project/models/staging`, which
`make docs` writes. Column by column they say what `_raw_tables.yml` says; nobody keeps them by
hand.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from orchestration.base.files import write_atomic
from orchestration.company.tables import SPECIFICATION

STAGING = SPECIFICATION.parent
OWNER = {"meta": {"owner": "analytics engineering"}}
WRITTEN = "# Written by `make docs` from _raw_tables.yml: edit that, not this.\n"
# Bookkeeping columns before and behind a table's own, with the names of their shared descriptions.
PLACE = ("load_number", "loaded_at", "file_name", "line_number", "row_key")
EVENT_TIME = {
    "landed_event_time": (
        "When it happened as the files have it, to read less of them by; far ahead where nothing "
        "may be passed over."
    )
}
JUDGED = EVENT_TIME | {
    "fault_number": "The first fault of the table's list that sets the row aside; 0 for none.",
    "has_fault": "Whether the row was set aside, or a value of it emptied for its fault.",
    "content_hash": "What tells two rows of one key apart.",
    "content_number": "A number for the content as it was landed: the same where that is the same.",
    "own_arrived_at": "When it arrived by its source, UTC; null where the source does not say.",
    "arrived_at": None,
    "updated_at": "When the source changed it, UTC; null where it does not say.",
    "is_tombstone": "Whether the row says that its thing was deleted.",
    "event_on": "Day on which it happened, UTC; of what has no such day, of its arrival.",
    "reaches_from": "Day before which no as-of date rests on the row.",
    "has_other": "Whether the row holds a value outside its list, kept as `other`.",
}
STANDING = (
    "load_number",
    "arrived_at",
    "known_from",
    "known_until",
    "valid_from",
    "valid_until",
    "gone_on",
    "replaced_on",
    "replaced_from",
    "is_late",
    "is_current",
)
# The one column whose name is a word of SQL.
STAGED_NAMES = {"check": "check_name"}


def rows_properties(tables: Iterable[dict[str, Any]]) -> str:
    """`rows/_rows.yml`: one row per landed row, typed and judged."""
    models = [
        {
            "name": f"stg_{table['name']}__rows",
            "description": f"One row per landed row of {table['name']}, typed and judged.",
            "config": OWNER,
            "columns": [
                *(_shared(name) for name in PLACE),
                *_own(table),
                *(
                    _described(name, text) if text else _shared(name)
                    for name, text in JUDGED.items()
                ),
            ],
        }
        for table in tables
    ]
    return _written(models)


def versions_properties(tables: Iterable[dict[str, Any]]) -> str:
    """`_staging.yml`: what stands, and what stood before it."""
    models = [
        {
            "name": f"stg_{table['name']}",
            "description": (
                f"One row per version of a row of {table['name']} that was ever accepted: what "
                "later models read."
            ),
            "config": OWNER,
            "columns": [
                _shared("row_key"),
                *_own(table),
                *(_described(name, text) for name, text in EVENT_TIME.items()),
                *(_shared(name) for name in STANDING),
            ],
        }
        for table in tables
    ]
    return _written(models)


def _own(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _described(STAGED_NAMES.get(column["name"], column["name"]), column["description"])
        for column in table["columns"]
    ]


def _described(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "description": " ".join(text.split())}


def _shared(name: str) -> dict[str, Any]:
    return {"name": name, "description": f'{{{{ doc("{name}") }}}}'}


def _written(models: list[dict[str, Any]]) -> str:
    text = yaml.dump(
        {"version": 2, "models": models},
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=95,
    )
    return WRITTEN + text


class _Plain(yaml.SafeDumper):
    """Lists below their key are set in, and nothing is named by an anchor."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def files() -> dict[str, str]:
    """The content of both files, by their path below the staging models."""
    content = yaml.safe_load(SPECIFICATION.read_text(encoding="utf-8"))
    tables = content["sources"][0]["tables"]
    return {
        "rows/_rows.yml": rows_properties(tables),
        "_staging.yml": versions_properties(tables),
    }


def main() -> None:
    for name, text in files().items():
        write_atomic(STAGING / name, text.encode())


if __name__ == "__main__":
    main()
