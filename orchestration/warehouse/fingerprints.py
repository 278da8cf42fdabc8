"""Hashes of what a build and its tables follow from: code, settings, scorecards, input."""

import hashlib
import json
from datetime import date
from pathlib import Path

from orchestration.base.files import tree_hash
from orchestration.base.settings import PROJECT_ROOT
from orchestration.company.company import hash_of_settings

# A change of any of these rebuilds everything from the archived loads …
BASE = (
    "dbt_project/dbt_project.yml",
    "dbt_project/models/staging",
    "dbt_project/models/activity",
    "dbt_project/macros",
    "dbt_project/tests",
    "orchestration/company",
    "orchestration/landing",
    "orchestration/base/build_files.py",
    "orchestration/publishing/ledger.py",
    "orchestration/warehouse/basis.py",
    "orchestration/warehouse/build_stamp.py",
    "orchestration/warehouse/fingerprints.py",
    "requirements.lock",
)
BASE_LAYERS = {Path(part).name for part in BASE if part.startswith("dbt_project/models/")}
# … and of any of these all as-of dates.
DATES = (
    "dbt_project/models",
    "seeds/catalogue",
    "orchestration/scorecards",
)
# A change of any of these rebuilds and publishes, as a change of the input does.
CODE = (
    *BASE,
    *DATES,
    "orchestration/warehouse/build.py",
    "orchestration/warehouse/checks.py",
    "orchestration/warehouse/tested_rows.py",
    "orchestration/publishing/content.py",
    "orchestration/publishing/database.py",
    "orchestration/publishing/parquet_files.py",
    "orchestration/publishing/publish.py",
    "orchestration/publishing/published_tables.py",
)


def fingerprints(
    folder: Path, mapping: list[Path], scorecards: Path, root: Path = PROJECT_ROOT
) -> dict[str, str]:
    """Hashes of what staging and activity follow from (`base`), and of the rest (`dates`)."""
    company = hash_of_settings(folder)
    base = _hash(root, BASE) + company + tree_hash(folder, mapping)
    dates = _hash(root, DATES) + tree_hash(scorecards, [scorecards])
    return {
        "base": hashlib.sha256(base.encode()).hexdigest(),
        "dates": hashlib.sha256(dates.encode()).hexdigest(),
    }


def input_fingerprint(
    landed: str, bases: dict[str, str], as_of: date | None, run_date: date | None, root: Path
) -> str:
    """Everything that the published tables follow from; `run_date` where it is the as-of date."""
    parts = {
        "landed": landed,
        "code": code_hash(root),
        **bases,
        "as_of": str(as_of),
        "run_date": str(run_date) if run_date else "",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def code_version(root: Path = PROJECT_ROOT) -> str:
    """The package's version and a hash of everything that shapes the tables."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        package = version("customer-health-warehouse")
    except PackageNotFoundError:
        package = "0"
    return f"{package}+{code_hash(root)[:12]}"


def code_hash(root: Path = PROJECT_ROOT) -> str:
    """Of everything that shapes the tables."""
    return _hash(root, CODE)


def _hash(root: Path, parts: tuple[str, ...]) -> str:
    return tree_hash(root, [root / part for part in parts if (root / part).exists()])
