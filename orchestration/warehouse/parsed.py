"""What dbt parsed of a project."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.base.settings import CompanyPaths


@dataclass
class Project:
    """The parsed dbt project: dbt's own object for building, the JSON for everyone else."""

    manifest: Any
    content: dict[str, Any]
    paths: CompanyPaths
    view: Path  # the folder that dbt read it from, and builds it from
    seconds: float

    def node(self, unique_id: str) -> dict[str, Any]:
        return self.content["nodes"].get(unique_id) or self.content["sources"][unique_id]
