"""The program `health` in a process of its own."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT


def refresh(company: Path, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real project over a company, with `state` and `published` below `root`."""
    return subprocess.run(
        [
            *[sys.executable, "-m", "orchestration.cli", "refresh"],
            *["--company", str(company), *arguments],
        ],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "STATE_DIR": str(root / "state"),
            "PUBLISHED_DIR": str(root / "published"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )


def published_by(company: Path, root: Path) -> Path:
    """The database that a refresh publishes; fails where the refresh does."""
    done = refresh(company, root)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return root / "published" / company.name / "current" / "customer_health.duckdb"


def health(world, *arguments, before="", after="", check=False):
    """The command line in a process of its own, with the miniature project."""
    return subprocess.run(
        [sys.executable, "-c", program_of(world, *arguments, before=before, after=after)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=check,
        timeout=300,
    )


def program_of(world, *arguments, before="", after=""):
    """What such a process runs."""
    return textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from orchestration.base import settings
        root = Path({str(world.root)!r})
        settings.load_settings = lambda: settings.Settings(
            root / "state", root / "published", root / "company", project_root=root / "project"
        )
        from orchestration import cli  # after that, for commands take the name as they are loaded
        {before}
        sys.argv = ["health", *{list(arguments)!r}]
        try:
            cli.main()
        finally:
            {after or "pass"}
    """)
