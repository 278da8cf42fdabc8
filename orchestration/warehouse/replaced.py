"""From which as-of date on a build's marts are not those of the build that it carries on.

A mart that is carried on says in its strategy which rows a build replaces (macros/increments.sql):
those before the first row that this build made are as they were, but for whole dates that went.
"""

from datetime import date
from pathlib import Path
from typing import Any

from orchestration.base.build_files import open_build
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.content import Carried
from orchestration.publishing.published_tables import AS_OF, SCHEMA, keys_from_manifest
from orchestration.warehouse.basis import Basis
from orchestration.warehouse.parsed import Project
from orchestration.warehouse.values import Values


def carried(
    paths: CompanyPaths, build_file: Path, project: Project, basis: Basis
) -> Carried | None:
    """What publishing need not measure again; None in a build that carries no marts on."""
    if basis.carried_from is None:
        return None
    keys = keys_from_manifest(project.content)
    nodes = project.content["nodes"]
    relations = {node["name"]: node.get("relation_name") for node in nodes.values()}
    since: dict[str, date] = {}
    with open_build(build_file, *paths.raw_folders) as connection:
        values = Values(connection)
        for unique_id, node in nodes.items():
            made = _made(node, relations)
            if node["schema"] != SCHEMA or made is None or AS_OF not in keys.get(unique_id, ()):
                continue
            (first,) = connection.execute(
                f"select min({AS_OF}) from {node['relation_name']} where {values.placed(made)}"
            ).fetchone() or (None,)
            since[node["alias"] or node["name"]] = first or date.max
    return Carried(basis.carried_from, since)


def _made(node: dict[str, Any], relations: dict[str, Any]) -> str | None:
    """The condition on the rows that a build replaces; None where it makes the table anew."""
    config = node["config"]
    if (config.get("materialized"), config.get("incremental_strategy")) != (
        "incremental",
        "replace_where",
    ):
        return None
    meta = config["meta"]
    predicates = " and ".join(config["incremental_predicates"])
    for placeholder, model in (("{changed}", "changed_by"), ("{kept}", "kept_by")):
        if placeholder in predicates:
            predicates = predicates.replace(placeholder, str(relations[meta[model]]))
    return predicates
