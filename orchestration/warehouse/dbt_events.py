"""dbt's events, as far as anybody here reads them.

dbt writes each of some 20 events a node as a message with all its fields, also where no log wants
it: a tenth of what a node costs. And for the event of a behaviour flag that is off it looks for the
module that set the flag, through the stack and all modules that are imported, which loads those
that were to be loaded when they are first used. Import this where dbt is imported.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

READ = {"NodeStart", "NodeFinished"}  # by warehouse/steps.py
UNREAD = {EventLevel.DEBUG, EventLevel.TEST, EventLevel.INFO}


class FewEvents(EventManager):
    """Passes over what nobody reads: no log is written, and the callback knows it by no name."""

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        is_unread = (level or e.level_tag()) in UNREAD and type(e).__name__ not in READ
        if self.loggers or not is_unread:
            super().fire_event(e, level, node, force_warn_or_error_handling)


@contextmanager
def few_events() -> Iterator[None]:
    """dbt's events for a while, by the way that dbt gives for it; then those from before."""
    before = get_event_manager()
    ctx_set_event_manager(FewEvents())
    try:
        with _flags_of_no_module():
            yield
    finally:
        ctx_set_event_manager(before)


@contextmanager
def _flags_of_no_module() -> Iterator[None]:
    flags: Any = BehaviorFlagRendered
    before = flags._default_source
    flags._default_source = staticmethod(lambda: "dbt.adapters")
    try:
        yield
    finally:
        flags._default_source = staticmethod(before)
