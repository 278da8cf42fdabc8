"""What people may hand on to dbt: a few flags, selections, and variables by an allow-list.

dbt pastes a variable's value into SQL as it is, so a value is checked here, before dbt sees it. A
refresh takes none at all; `health dev` is the only way in.
"""

import json
import re
from collections.abc import Sequence

import yaml

from orchestration.base.errors import BadInput

# Each variable is a whole number from … to …; a test holds this list against the models.
VARIABLES = {"sample_accounts": (0, 1_000_000)}
FLAGS = {"--fail-fast", "--full-refresh", "--no-partial-parse", "--quiet"}
SELECTIONS = {"--exclude", "--exclude-resource-type", "--resource-type"}
SELECTION = re.compile(r"[\w.*:+@/,][\w.*:+@/,-]*")


def selection(text: str) -> list[str]:
    """The words of a `--select`; an option hidden among them is refused."""
    words = text.split()
    for word in words:
        _refuse_unless_selection(word, "--select")
    return words


def checked(arguments: Sequence[str]) -> list[str]:
    """The arguments as dbt gets them: known ones alone, variables checked and written anew."""
    passed: list[str] = []
    values: dict[str, int] = {}
    words = list(arguments)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if name == "--vars":
            if not equals and not words:
                raise BadInput('--vars needs a value, such as --vars "sample_accounts: 20".')
            values |= variables(value if equals else words.pop(0))
        elif word in FLAGS:
            passed.append(word)
        elif name in SELECTIONS:
            passed.append(name)
            chosen = [value] if equals else []
            while words and not words[0].startswith("-"):
                chosen.append(words.pop(0))
            for each in chosen:
                _refuse_unless_selection(each, name)
            passed += chosen
        else:
            raise BadInput(
                f"{word!r} is not handed on to dbt. Possible are "
                f"{', '.join(sorted({'--vars', *FLAGS, *SELECTIONS}))}. For anything else use dbt "
                "itself (dbt_project/docs/editors.md)."
            )
    return [*passed, "--vars", json.dumps(values)] if values else passed


def variables(text: str) -> dict[str, int]:
    """The variables of one `--vars`; BadInput where a name is unknown or a value out of range."""
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError:
        given = None
    if not isinstance(given, dict):
        raise BadInput(f"--vars {text!r} is not of the form 'name: value'. Nothing was run.")
    for name, value in given.items():
        if name not in VARIABLES:
            raise BadInput(
                f"--vars: unknown variable {name!r}; there is {', '.join(VARIABLES)}. "
                "Nothing was run."
            )
        least, most = VARIABLES[name]
        if type(value) is not int or not least <= value <= most:
            raise BadInput(
                f"--vars: {name} must be a whole number from {least} to {most}, not {value!r}. "
                "Nothing was run."
            )
    return given


def _refuse_unless_selection(word: str, option: str) -> None:
    if not SELECTION.fullmatch(word):
        raise BadInput(
            f"{option} {word!r}: a selection holds names and . * : + @ / , only. Nothing was run."
        )
