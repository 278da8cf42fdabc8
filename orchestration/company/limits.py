"""The limits of company.yml: what a raw table, or the marts, may do before a refresh says so.

Fields and defaults alone; what is measured against them, and where a table's own history widens
them, is said in orchestration/expectations.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Ratio = Annotated[float, Field(ge=0, le=1)]
Fall = Annotated[float, Field(gt=0, le=1)]
Rise = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class TableLimits(BaseModel):
    """One raw table's; `limits.<field>` is never computed from another but `lag_limit_days`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    allowed_lag_days: Days | None = None
    lag_limit_days: Days | None = None
    quarantine_limit_ratio: Ratio = 0.01
    shrink_limit_ratio: Fall = 0.5
    growth_limit_ratio: Rise = 3.0
    minimum_rows: Count = 50
    drift_limit_ratio: Rise = 0.5
    share_limit_ratio: Fall = 0.2
    unlisted_limit_ratio: Ratio = 0.2
    null_limit_ratios: dict[str, Ratio] = {}

    @model_validator(mode="after")
    def _lags_are_in_order(self) -> "TableLimits":
        allowed, limit = self.allowed_lag_days, self.lag_limit_days
        if allowed is not None and limit is not None and limit < allowed:
            raise ValueError(
                f"lag_limit_days ({limit}) blocks before allowed_lag_days "
                f"({allowed}) warns; give it the same value or a greater one"
            )
        return self

    def states(self, field: str) -> bool:
        """True where company.yml gives the limit itself: such a limit is never widened."""
        return field in self.model_fields_set

    @property
    def lag_that_blocks(self) -> int | None:
        """Twice the allowed lag where company.yml gives no `lag_limit_days`."""
        if self.states("lag_limit_days") or self.allowed_lag_days is None:
            return self.lag_limit_days
        return 2 * self.allowed_lag_days


class MartsLimits(BaseModel):
    """How far the marts may move from one published version to the next."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    scored_fall_limit_ratio: Fall = 0.2
    scored_rise_limit_ratio: Rise = 0.5
    mean_score_limit_points: Annotated[float, Field(gt=0, le=100)] = 10.0
    band_share_limit_ratio: Fall = 0.2
    minimum_accounts: Count = 20

    def states(self, field: str) -> bool:
        """True where company.yml gives the limit itself: such a limit is never widened."""
        return field in self.model_fields_set
