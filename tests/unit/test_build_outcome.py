"""What a build that failed says: whose fault it is, and what to do."""

import pytest

from orchestration.base.errors import HealthError
from orchestration.warehouse.outcome import BuildOutcome, NodeResult, require_success


def failed(message: str) -> BuildOutcome:
    result = NodeResult("model.a.dim_a", "model", "dim_a", "error", 1.0, message)
    return BuildOutcome(results=[result], failures=[], seconds=1.0)


def test_too_little_memory_is_nobody_s_fault_and_the_setting_is_named() -> None:
    with pytest.raises(HealthError) as raised:
        require_success(failed("Out of Memory Error: failed to pin block of size 256.0 KiB"))
    assert "HEALTH_MEMORY_LIMIT=2GB" in str(raised.value)
    assert "at fault" not in str(raised.value)


def test_an_error_in_a_model_is_the_model_s_fault() -> None:
    with pytest.raises(HealthError, match="The models are at fault"):
        require_success(failed("Binder Error: no such column"))
