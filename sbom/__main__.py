"""What this project is made of: sbom/sbom.cdx.json (CycloneDX) and sbom/licences.csv.

    make sbom

Written from the environment that the locks fill, by cyclonedx-py and pip-licenses. What differs
from machine to machine (paths, times, pip itself) is left out, so that the same locks give the same
files. Ends with 1 where a licence is not one of ALLOWED and no exception says why it may stay.
"""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SBOM = ROOT / "sbom" / "sbom.cdx.json"
LICENCES = ROOT / "sbom" / "licences.csv"
OURS = "customer-health-warehouse"
PIP_LICENCES = ("piplicenses", "--format=json", "--from=mixed", "--with-system")
COLUMNS = ("package", "version", "licence", "needed_for")

# Licences under which a package may be used beside Apache 2.0 without further duties for those who
# run it; MPL 2.0 concerns changes of the package's own files, which nobody here makes.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python"),
    *("ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Zlib"),
}
# The names that older packages give them.
SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
EXCEPTIONS = {
    "text-unidecode": "offered under the Artistic License too; used unchanged, by dbt's parts",
    "yamllint": "GPL 3; a linter that developers run, no part of a refresh",
}


def locked(name: str) -> dict[str, set[str]]:
    """Package → versions of a lock that fit this machine, in the names' canonical form."""
    versions: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                exact = {spec.version for spec in requirement.specifier}
                versions.setdefault(canonicalize_name(requirement.name), set()).update(exact)
    return versions


def bill(raw: dict[str, Any], runtime: set[str], all_locked: set[str]) -> dict[str, Any]:
    """The bill of materials of what is locked; what only developers need is `optional`."""
    components, known, ours = [], set(), {"type": "application", "name": OURS}
    for component in raw["components"]:
        name = canonicalize_name(component["name"])
        if name == OURS:
            known.add(component["bom-ref"])
            ours |= {key: component[key] for key in ("bom-ref", "version", "licenses")}
        elif name in all_locked:
            known.add(component["bom-ref"])
            kept = {
                key: component[key]
                for key in ("type", "bom-ref", "name", "version", "licenses", "purl")
                if key in component
            }
            components.append({**kept, "scope": "required" if name in runtime else "optional"})
    dependencies = [
        {
            "ref": entry["ref"],
            "dependsOn": [ref for ref in entry.get("dependsOn", []) if ref in known],
        }
        for entry in raw["dependencies"]
        if entry["ref"] in known
    ]
    return {
        **{key: raw[key] for key in ("$schema", "bomFormat", "specVersion", "version")},
        "metadata": {"component": ours},
        "components": sorted(components, key=lambda each: each["purl"]),
        "dependencies": sorted(dependencies, key=lambda each: each["ref"]),
    }


def licence_rows(raw: list[dict[str, str]], runtime: set[str], all_locked: set[str]) -> list[dict]:
    """One row per locked package, sorted; `needed_for` is refresh or development."""
    rows = []
    for entry in raw:
        name = canonicalize_name(entry["Name"])
        if name in all_locked:
            needed_for = "refresh" if name in runtime else "development"
            values = (name, entry["Version"], entry["License"], needed_for)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return sorted(rows, key=lambda row: row["package"])


def is_allowed(licence: str) -> bool:
    """Whether the licence allows the use: every part joined by AND, one of those joined by OR.

    A list of several names with semicolons does not say which of the two it means: all must do.
    """
    if ";" in licence:
        return all(is_allowed(part) for part in licence.split(";"))
    text = licence.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    for word, joined in ((" AND ", all), (" OR ", any)):
        parts = _split(text, word)
        if len(parts) > 1:
            return joined(is_allowed(part) for part in parts)
    return SPELLINGS.get(text, text) in ALLOWED


def _split(text: str, word: str) -> list[str]:
    """The parts of an expression outside of brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and text.startswith(word, place):
            parts.append(text[start:place])
            start = place + len(word)
    return [*parts, text[start:]]


def problems(rows: list[dict]) -> list[str]:
    """Packages whose licence is not allowed; exceptions that nothing needs any more."""
    bad = [
        f"{row['package']} {row['version']}: {row['licence']}"
        for row in rows
        if not is_allowed(row["licence"]) and row["package"] not in EXCEPTIONS
    ]
    names = {row["package"] for row in rows if not is_allowed(row["licence"])}
    return bad + [f"{name}: the exception is not needed" for name in EXCEPTIONS.keys() - names]


def _output(*command: str) -> Any:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def main() -> None:
    """Write both files; say what is not allowed."""
    runtime, development = set(locked("requirements.lock")), set(locked("requirements-dev.lock"))
    both = runtime | development
    raw = _output("cyclonedx_py", "environment", "--output-reproducible", sys.executable)
    SBOM.write_text(json.dumps(bill(raw, runtime, both), indent=1, sort_keys=True) + "\n")
    rows = licence_rows(_output(*PIP_LICENCES), runtime, both)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    LICENCES.write_text(text.getvalue())
    print(f"{SBOM.name} and {LICENCES.name}: {len(rows)} packages", file=sys.stderr)
    found = problems(rows)
    if found:
        raise SystemExit("Not on the list of licences (sbom/__main__.py):\n" + "\n".join(found))


if __name__ == "__main__":
    main()
