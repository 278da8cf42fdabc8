"""The bill of materials says what the locks say, and every licence is one that may be used."""

import csv
import json

import pytest
from packaging.utils import canonicalize_name

from sbom.__main__ import ALLOWED, LICENCES, SBOM, bill, is_allowed, locked, problems


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    with LICENCES.open(newline="") as file:
        return list(csv.DictReader(file))


def pairs(versions: dict[str, set[str]]) -> set[tuple[str, str]]:
    return {(name, version) for name, found in versions.items() for version in found}


def test_the_committed_files_hold_what_is_locked(rows):
    runtime, both = pairs(locked("requirements.lock")), pairs(locked("requirements-dev.lock"))
    assert runtime <= both
    assert {(row["package"], row["version"]) for row in rows} == both, "run `make sbom`"
    refresh = {(row["package"], row["version"]) for row in rows if row["needed_for"] == "refresh"}
    assert refresh == runtime
    listed = {
        (canonicalize_name(each["name"]), each["version"]): each["scope"]
        for each in json.loads(SBOM.read_text())["components"]
    }
    assert set(listed) == both, "run `make sbom`"
    assert {pair for pair, scope in listed.items() if scope == "required"} == runtime


def test_every_licence_may_be_used(rows):
    assert problems(rows) == []


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("MIT License", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("Apache-2.0 AND GPL-3.0-only", False),
        ("MPL-2.0 AND (GPL-3.0-only OR MIT)", True),
        ("(MIT AND GPL-2.0) OR (BSD-3-Clause AND AGPL-3.0)", False),
        ("Apache Software License; BSD License", True),
        ("Artistic License; GNU General Public License (GPL)", False),
        ("GNU Affero General Public License v3", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_licences_are_judged(licence, allowed):
    assert is_allowed(licence) is allowed


def test_a_licence_that_is_not_on_the_list_is_named(rows):
    added = {"package": "planted", "version": "1", "licence": "GPL-3.0-only", "needed_for": "x"}
    assert problems([*rows, added]) == ["planted 1: GPL-3.0-only"]
    without = [row for row in rows if row["package"] != "yamllint"]
    assert problems(without) == ["yamllint: the exception is not needed"]
    assert not any("GPL" in name for name in ALLOWED)


def test_nothing_of_a_machine_or_a_moment_is_written():
    component = {
        "type": "library",
        "name": "Planted",
        "bom-ref": "Planted==1",
        "version": "1",
        "purl": "pkg:pypi/planted@1",
        "externalReferences": [{"url": "file:///somewhere"}],
    }
    pip = {**component, "name": "pip", "bom-ref": "pip==1", "purl": "pkg:pypi/pip@1"}
    raw = {
        "$schema": "s",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "serialNumber": "urn:uuid:1",
        "metadata": {"timestamp": "2025-01-01T00:00:00Z"},
        "components": [pip, component],
        "dependencies": [{"ref": "Planted==1", "dependsOn": ["pip==1"]}, {"ref": "pip==1"}],
    }
    written = bill(raw, {"planted"}, {"planted"})
    assert [each["name"] for each in written["components"]] == ["Planted"]
    assert written["dependencies"] == [{"ref": "Planted==1", "dependsOn": []}]
    text = json.dumps(written) + SBOM.read_text() + LICENCES.read_text()
    for word in ("file:", "timestamp", "serialNumber", "externalReferences"):
        assert word not in text
