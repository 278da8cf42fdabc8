"""What an error means for a person and for the refresh log."""

from orchestration.base.errors import BadInput, Blocked, HealthError
from orchestration.base.files import explain


def as_health_error(error: BaseException) -> HealthError | None:
    """The error that a person should read, found behind the ones that wrapped it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, HealthError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return explain(error)


def status_of(error: BaseException) -> str:
    """The status that the refresh log gives to how a refresh ended."""
    found = as_health_error(error)
    if isinstance(found, Blocked):
        return "blocked"
    if isinstance(found, BadInput):
        return "bad_input"
    return "failed" if isinstance(error, Exception) else "interrupted"
