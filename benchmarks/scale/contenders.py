"""Who is measured: how each is started on a generated company, and where its rows lie then."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scale.measure import Cost, measure
from benchmarks.scale.sizes import SECOND_LOAD, Size

RUNS = ("full", "day")
# What the limit takes before it normalises, words and writes.
ENGINE_PARTS = ("keys", "events", "values")


@dataclass(frozen=True)
class Place:
    """A generated company, and a folder to work in."""

    folder: Path
    size: Size

    @property
    def company(self) -> Path:
        return self.folder / "company"

    @property
    def next_day(self) -> Path:
        return self.folder / "next_day" / SECOND_LOAD

    def work(self, contender: str) -> Path:
        return self.folder / "work" / contender


@dataclass(frozen=True)
class Contender:
    """One way to the figures. What the full run leaves, the day's run finds."""

    name: str
    runs: tuple[str, ...] = RUNS

    def is_there(self) -> bool:
        return True

    def run(self, run: str, place: Place, most_seconds: float) -> Cost:
        if run == "full":
            shutil.rmtree(place.work(self.name), ignore_errors=True)
            place.work(self.name).mkdir(parents=True)
        command = [sys.executable, "-m", *self._command(run, place)]
        return measure(command, self._environment(place), most_seconds)

    def rows(self, run: str, place: Place) -> Path:
        """What agree.py reads."""
        return place.work(self.name) / run

    def _command(self, run: str, place: Place) -> list[str]:
        raise NotImplementedError

    def _environment(self, place: Place) -> Mapping[str, str]:
        return {}


class Limit(Contender):
    """Written by hand for these figures alone."""

    module = "benchmarks.scale.limit"

    def _command(self, run: str, place: Place) -> list[str]:
        work = place.work(self.name)
        command = [self.module, run, str(place.company), str(work / "state"), str(work / run)]
        return [*command, "--next-day", str(place.next_day)] if run == "day" else command

    @staticmethod
    def engine_part(cost: Cost) -> tuple[float, int]:
        """CPU seconds and memory from Parquet to the values."""
        told = json.loads(cost.output)
        seconds = sum(told["cpu_seconds"][part] for part in ENGINE_PARTS)
        return seconds, told["memory_mb"][ENGINE_PARTS[-1]]


class Polars(Limit):
    """The same way in another library. Not installed with what a refresh needs."""

    module = "benchmarks.scale.polars_run"

    def is_there(self) -> bool:
        return importlib.util.find_spec("polars") is not None


class Usual(Contender):
    """Dates joined to rows; has no state, and so no day."""

    def _command(self, run: str, place: Place) -> list[str]:
        return ["benchmarks.scale.usual", str(place.company), str(self.rows(run, place))]


class Project(Contender):
    """This project: `health refresh` with empty state, then with what the next day lands."""

    def _command(self, run: str, place: Place) -> list[str]:
        company = place.work(self.name) / "company"
        if run == "full":
            shutil.copytree(place.company, company, copy_function=os.link)
        else:
            landed = company / "landed" / place.next_day.name
            shutil.copytree(place.next_day, landed, copy_function=os.link)
        return ["orchestration.cli", "refresh", "--company", str(company), "--json"]

    def _environment(self, place: Place) -> Mapping[str, str]:
        work = place.work(self.name)
        return {"STATE_DIR": str(work / "state"), "PUBLISHED_DIR": str(work / "published")}

    def rows(self, run: str, place: Place) -> Path:
        published = place.work(self.name) / "published" / place.size.company_id
        return published / "current" / "customer_health.duckdb"


LIMIT = Limit("limit")
PROJECT = Project("project")
CONTENDERS = (LIMIT, Usual("usual", runs=("full",)), Polars("polars"), PROJECT)
