"""How a build ended: what became of its nodes, and what a person is told of it."""

from dataclasses import dataclass, field
from typing import Any

from orchestration.base.errors import Blocked, HealthError
from orchestration.base.files import explain
from orchestration.base.masking import engine_message


@dataclass(frozen=True)
class NodeResult:
    """What became of one node: a model or seed that dbt built, or a data test."""

    unique_id: str
    resource_type: str
    name: str
    status: str
    seconds: float
    message: str = ""
    failures: int | None = None

    @property
    def is_test(self) -> bool:
        return self.resource_type == "test"

    @property
    def is_failed_test(self) -> bool:
        return self.is_test and self.status == "fail"

    @property
    def is_warning(self) -> bool:
        return self.is_test and self.status == "warn"

    @property
    def is_error(self) -> bool:
        return self.status in {"error", "runtime error"}


@dataclass(frozen=True)
class Failure:
    """A data test that failed or warned, with what a person needs to act on it."""

    test: str
    about: str
    rows: int
    description: str
    owner: str
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class BuildOutcome:
    results: list[NodeResult]
    failures: list[Failure]
    seconds: float
    warnings: list[Failure] = field(default_factory=list)
    left_out: int = 0  # models and seeds that the build holds as the last one made them

    @property
    def checks_passed(self) -> int:
        return sum(1 for result in self.results if result.is_test and result.status == "pass")


def require_success(outcome: BuildOutcome) -> None:
    """Model errors end the refresh with exit code 1, failed data tests with 3."""
    errors = [result for result in outcome.results if result.is_error]
    if errors and all("Constraint Error" in result.message for result in errors):
        raise Blocked(
            "Rows break the contract of what readers see; nothing was published, readers keep the "
            "last version.\n" + "\n".join(_error_text(result) for result in errors) + "\n"
            "  to do: find the rows in the model's inputs (the build stops before they are kept), "
            "mend the landed files or the model, and run the refresh again."
        )
    if errors:
        text = "\n".join(_error_text(result) for result in errors[:10])
        more = f"\nand {len(errors) - 10} more" if len(errors) > 10 else ""
        refused = explain(RuntimeError(text))
        if refused:
            raise refused
        skipped = sum(1 for result in outcome.results if result.status == "skipped")
        if any("Out of Memory Error" in result.message for result in errors):
            raise HealthError(
                "The build needs more memory than it may take; nothing was published.\n"
                f"{text}{more}\nGive it more and run the refresh again, for example "
                "with HEALTH_MEMORY_LIMIT=2GB in the environment (dbt_project/docs/operations.md)."
            )
        raise HealthError(
            f"{len(errors)} of {len(outcome.results)} steps of the build failed "
            f"({skipped} were skipped because of them); nothing was published.\n{text}{more}\n"
            "The models are at fault, not the input: mend the SQL named above, or go back to the "
            "last version of the project that worked."
        )
    if outcome.failures:
        count = len(outcome.failures)
        raise Blocked(
            f"{count} check{'s' if count > 1 else ''} failed; nothing was published, readers keep "
            "the last version.\n" + "\n".join(failure_text(item) for item in outcome.failures)
        )


def warning_lines(failure: Failure) -> list[str]:
    """What a test that warned found: nothing stops, and somebody should look."""
    count = f"{failure.rows} row{'' if failure.rows == 1 else 's'}"
    return [f"warned: {failure.test}: {count}. {failure.description}", *_example_lines(failure)]


def _example_lines(failure: Failure) -> list[str]:
    return [
        "    example: " + ", ".join(f"{name}={value}" for name, value in example.items())
        for example in failure.examples
    ]


def failure_text(failure: Failure) -> str:
    lines = [f"  {failure.test} (on {failure.about}): {failure.rows} rows"]
    if failure.description:
        lines.append(f"    rule: {failure.description}")
    lines += _example_lines(failure)
    owner = f" Who mends it: {failure.owner}." if failure.owner else ""
    lines.append(
        f"    to do: look at the rows above in {failure.about}, mend the landed files or the "
        f"model, and run the refresh again.{owner}"
    )
    return "\n".join(lines)


def _error_text(result: NodeResult) -> str:
    message = " ".join(engine_message(result.message).split()).split(" > in macro ")[0]
    return f"  {result.resource_type} {result.name}: {message[:600]}"
