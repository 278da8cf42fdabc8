"""Errors that a person reads: what, where, how many, what to do. Each knows its exit code."""

from orchestration.masking import without_emails


class HealthError(Exception):
    """Base of all expected errors; the command line prints the message and no traceback.

    Messages end in logs and alerts, so none holds an e-mail address.
    """

    exit_code = 1

    def __init__(self, message: str = ""):
        super().__init__(without_emails(message))


class BadInput(HealthError):
    """Input that can't be taken: files, company.yml, mapping or scorecards. Nothing was changed."""

    exit_code = 2


class Blocked(HealthError):
    """A check stopped the refresh before anything readers see was changed."""

    exit_code = 3


class Busy(HealthError):
    """Another refresh of the same company is running."""

    exit_code = 4
