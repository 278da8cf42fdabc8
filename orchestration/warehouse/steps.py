"""What dbt is at: finished nodes counted by layer, and which ones run, for how long."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from orchestration.warehouse.layers import layer_of
from orchestration.warehouse.parsed import Project

LINE_EVERY_SECONDS = 5.0


class Steps:
    """Says so when a layer is complete or time has passed; dbt's threads call `on_event`."""

    def __init__(self, project: Project, building: Iterable[str], say: Callable[[str], None]):
        self._layers = {
            unique_id: layer_of(project.content["nodes"][unique_id]) for unique_id in building
        }
        self._say = say
        self._began = self._last = time.monotonic()
        self._done = 0
        self._waiting = Counter(self._layers.values())
        self._running: dict[str, float] = {}

    def on_event(self, event: Any) -> None:
        name = event.info.name
        if name == "NodeStart":
            node = event.data.node_info
            self._running[node.unique_id] = time.monotonic()
        elif name == "NodeFinished":
            self._finish(event.data.node_info.unique_id)

    def running(self) -> str:
        """The nodes at work, the longest first."""
        now = time.monotonic()
        began = sorted(self._running.copy().items(), key=lambda item: item[1])
        named = [f"{each.rsplit('.', 1)[-1]} ({now - at:.0f} s)" for each, at in began]
        return ", ".join(named) or "dbt between two nodes"

    def _finish(self, unique_id: str) -> None:
        self._running.pop(unique_id, None)
        self._done += 1
        layer = self._layers.get(unique_id, "")
        self._waiting[layer] -= 1
        now = time.monotonic()
        if self._waiting[layer] == 0:
            self._line(now, f"{layer} complete")
        elif now - self._last >= LINE_EVERY_SECONDS:
            self._line(now, f"now at {layer}")

    def _line(self, now: float, text: str) -> None:
        self._say(f"{self._done} of {len(self._layers)}, {now - self._began:.1f} s: {text}")
        self._last = now
