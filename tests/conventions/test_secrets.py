"""No secret lies in the repository, and the scan of `make lint` would find one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from project_files import ROOT

SCANNER = Path(sys.executable).with_name("detect-secrets-hook")
BASELINE = ROOT / ".secrets.baseline"
# Written in pieces, so that this file does not hold what is looked for.
PLANTED = {
    "AWS Access Key": "key = 'AKIA" + "QZ7XKJ2MLP4TN3VB'",
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "Basic Auth Credentials": "url = 'https://ada:" + "pl4nted_s3cret@example.org/hook'",
    "Secret Keyword": "smtp_password" + ' = "pl4nted_s3cret"',
    "Slack Token": "hook = 'https://hooks.slack.com/services/T0PLANTED/B0PLANTED/"
    + "x7Yq2" * 5
    + "'",
}


def scan(*files: Path) -> subprocess.CompletedProcess:
    """What `make lint` runs, over some files."""
    return subprocess.run(
        [SCANNER, "-n", "--baseline", BASELINE, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("suffix", [".py", ".env", ".cfg", ".sql"])
def test_a_planted_secret_is_found(tmp_path, suffix):
    files = []
    for number, line in enumerate(PLANTED.values()):
        files.append(tmp_path / f"planted_{number}{suffix}")
        files[-1].write_text(f"{line}\n")
    done = scan(*files)
    assert done.returncode == 1
    assert [kind for kind in PLANTED if kind not in done.stdout] == []
    assert all(file.name in done.stdout for file in files)


def test_a_password_in_a_settings_file_is_found_and_a_reference_to_one_is_not(tmp_path):
    file = tmp_path / "company.yml"
    file.write_text("smtp_password: " + "pl4nted_s3cret\n")
    assert scan(file).returncode == 1
    file.write_text("password = os.environ['HEALTH_SMTP_PASSWORD']\n")
    assert scan(file).returncode == 0


def test_the_baseline_excuses_nothing_and_is_of_no_machine():
    content = json.loads(BASELINE.read_text())
    assert content["results"] == {}, "excuse a line where it stands: `# pragma: allowlist secret`"
    names = [each["path"] for each in content["filters_used"]]
    assert all(name.startswith("detect_secrets.filters.") for name in names)


def test_make_lint_scans_every_file():
    makefile = (ROOT / "Makefile").read_text()
    lint = makefile.split("\nlint:")[1].split("\n\n")[0]
    assert "git ls-files -z --cached --others" in lint
    assert "detect-secrets-hook -n --baseline .secrets.baseline" in lint
