"""Whether a run takes everything: only then does it land files, and only then can it publish."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.dagster.checks import Translator

PUBLISHED = dg.AssetKey(["published", "customer_health"])


class Everything:
    """All assets that the job `refresh` makes."""

    def __init__(self, manifest: Mapping[str, Any], translator: Translator):
        nodes = [*manifest["sources"].values(), *manifest["nodes"].values()]
        self.keys = {
            translator.get_asset_key(node)
            for node in nodes
            if node["resource_type"] in {"source", "model", "seed"}
        } | {PUBLISHED}

    def is_selected(self, context: dg.AssetExecutionContext) -> bool:
        """True for the job, and for "materialize all"; false for some assets or checks."""
        run = context.run
        if run.asset_selection:
            return self.keys <= run.asset_selection
        return not run.asset_check_selection
