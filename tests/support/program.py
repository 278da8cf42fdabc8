"""The program `health` in a process of its own, over the miniature project."""

import subprocess
import sys
import textwrap

from orchestration.settings import PROJECT_ROOT


def health(world, *arguments, before="", after="", check=False):
    """The command line in a process of its own, with the miniature project."""
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from orchestration import settings
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
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=check,
        timeout=300,
    )
