"""What the convention tests read: tracked files, models and their properties, nothing computed."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DBT = ROOT / "dbt_project"
DOCS = DBT / "docs"
GENERATED = DBT / "generated"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def tracked_files() -> tuple[Path, ...]:
    """What is in git or about to be: also files that are not added yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def tracked(suffix: str, folder: Path = ROOT) -> list[Path]:
    return [p for p in tracked_files() if p.suffix == suffix and p.is_relative_to(folder)]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Model:
    """A model's properties, and the file that holds them."""

    file: Path
    properties: dict[str, Any]

    @property
    def name(self) -> str:
        return self.properties["name"]

    @property
    def columns(self) -> list[dict[str, Any]]:
        return self.properties.get("columns") or []

    @property
    def data_tests(self) -> list[dict[str, Any]]:
        """Tests of the model and of its columns, each as one dict with its name and config."""
        listed = list(self.properties.get("data_tests") or [])
        for column in self.columns:
            listed += column.get("data_tests") or []
        return [_flat(test) for test in listed]


def _flat(test: Any) -> dict[str, Any]:
    if isinstance(test, str):
        return {"kind": test}
    ((kind, settings),) = test.items()
    return {"kind": kind, **(settings or {})}


@cache
def _property_files() -> tuple[tuple[Path, dict[str, Any]], ...]:
    return tuple(
        (path, yaml.load(path.read_text(encoding="utf-8"), Loader=Loader) or {})
        for path in tracked(".yml", DBT / "models")
    )


@cache
def models() -> tuple[Model, ...]:
    return tuple(
        Model(path, properties)
        for path, content in _property_files()
        for properties in content.get("models") or []
    )


@cache
def unit_tests() -> tuple[tuple[Path, dict[str, Any]], ...]:
    return tuple(
        (path, test)
        for path, content in _property_files()
        for test in content.get("unit_tests") or []
    )


def model_files() -> list[Path]:
    return tracked(".sql", DBT / "models")


def code(sql: str) -> str:
    """SQL in small letters without comments and text values."""
    sql = re.sub(r"\{#.*?#\}", " ", sql, flags=re.DOTALL)
    sql = re.sub(r"--[^\n]*", " ", sql)
    return re.sub(r"'[^'\n]*'", "''", sql).lower()
