"""Errors that a person reads: what, where, how many, what to do. Each knows its exit code."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orchestration.base.masking import engine_message, without_emails


class HealthError(Exception):
    """Base of all expected errors; the command line prints the message and no traceback.

    Messages end in logs and alerts, so none holds an e-mail address.
    """

    exit_code = 1
    # What an operator may acknowledge, so that the next refresh passes.
    blocks: "tuple[Block, ...]" = ()

    def __init__(self, message: str = ""):
        super().__init__(without_emails(message))


class BadInput(HealthError):
    """Input that can't be taken: files, company.yml, mapping or scorecards. Nothing was changed."""

    exit_code = 2


@dataclass(frozen=True)
class Block:
    """One thing that stopped a refresh and that an operator may acknowledge.

    `cause` stays the same as long as it is the same thing: an acknowledgement answers a cause.
    """

    check: str
    table: str
    cause: str
    message: str
    measured: float | None = None
    load: int | None = None
    since: str | None = None  # a feed's first day that was out, YYYY-MM-DD
    may_be_outage: bool = True
    column: str | None = None  # that is gone from a table's file


class ColumnsGone(BadInput):
    """Files of which a column is gone that held values: bad input until that is acknowledged."""

    def __init__(self, message: str, blocks: Iterable[Block]):
        super().__init__(message)
        self.blocks = tuple(blocks)


class Blocked(HealthError):
    """A check stopped the refresh before anything readers see was changed."""

    exit_code = 3

    def __init__(self, message: str, blocks: Iterable[Block] = ()):
        super().__init__(message)
        self.blocks = tuple(blocks)


class Busy(HealthError):
    """Another refresh of the same company is running. `holder`: what its lock says of it."""

    exit_code = 4

    def __init__(self, message: str, holder: dict[str, Any] | None = None):
        super().__init__(message)
        self.holder = holder or {}


def told(error: BaseException) -> str:
    """What logs and alerts may say of an error: ours in full, others without quoted values."""
    return str(error) if isinstance(error, HealthError) else engine_message(error)
