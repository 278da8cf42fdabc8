"""DuckDB shut in: from some moment on a connection reaches what it was given, and nothing else.

Every connection that runs SQL over landed data goes through here: dbt's (`dbt_lockdown`), the
landing's, a company's own mapping, publishing, reading what was published. Whatever an SQL text
says, it can't read another file, follow a link or `..` out of its folders, attach, install, load,
write elsewhere, or change these settings back.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Names of Python variables are no tables, and no query fetches an extension by itself.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def shut_in(connection: "duckdb.DuckDBPyConnection", *folders: Path) -> None:
    """Only databases that are attached already, the spill folder and these folders stay in reach.

    The folders may be read and written, links resolved. All other settings must be made before:
    none can be changed afterwards.
    """
    listed = ", ".join(text_literal(folder) for folder in folders)
    connection.execute(f"set allowed_directories = [{listed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


@contextmanager
def open_read_only(
    file: Path,
    *folders: Path,
    beside: Mapping[str, Path] | None = None,
    prepare: Callable[["duckdb.DuckDBPyConnection"], object] = lambda connection: None,
    memory_limit: str = "",
    threads: int = 0,
) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A database to read from, in UTC, those `beside` it by their names, and these folders alone.

    `prepare` makes settings before they are locked; `memory_limit`, as "1400MB", and `threads` are
    the engine's own where none are given.
    """
    import duckdb

    config = {**CONFIG, **({"memory_limit": memory_limit} if memory_limit else {})}
    if threads:
        config["threads"] = str(threads)
    with duckdb.connect(str(file), read_only=True, config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, other in (beside or {}).items():
            connection.execute(f"attach {text_literal(other)} as {name} (read_only)")
        prepare(connection)
        shut_in(connection, *folders)
        try:
            yield connection
        except BaseException:
            # Closing waits for what the engine's threads are at: after Ctrl-C, for a query's end.
            connection.interrupt()
            raise


def text_literal(text: str | Path) -> str:
    """A text or a path as SQL spells it."""
    return "'" + str(text).replace("'", "''") + "'"
