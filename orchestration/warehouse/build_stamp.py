"""What a build file says of itself, in its table `config.build`."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class BuildStamp:
    """What a build file stands for: a later build starts from it only where this still holds."""

    build_number: int = 1
    refresh_id: str = ""
    base_hash: str = ""
    dates_hash: str = ""
    load_count: int = 0
    loads_hash: str = ""
    rebuild_from: date | None = None
    started_at: datetime | None = None  # UTC, without a zone
