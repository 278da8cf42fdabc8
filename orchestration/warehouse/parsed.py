"""What dbt parsed of a project."""

from dataclasses import dataclass
from typing import Any

from orchestration.base.settings import CompanyPaths


@dataclass
class Project:
    """The parsed dbt project: dbt's own object for building, the JSON for everyone else."""

    manifest: Any
    content: dict[str, Any]
    paths: CompanyPaths
    seconds: float

    def node(self, unique_id: str) -> dict[str, Any]:
        return self.content["nodes"].get(unique_id) or self.content["sources"][unique_id]
