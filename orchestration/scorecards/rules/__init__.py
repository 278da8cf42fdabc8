"""The rules of the check, a file for each subject.

A rule is a function that reads the typed rows of a set and yields findings. `RULES` of a file names
the tables that each rule needs: it runs where all of them could be read.
"""

from orchestration.scorecards.rules import actions, methods, rows, segments, versions, weights
from orchestration.scorecards.scorecard_set import Rule

RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    *rows.RULES,
    *segments.RULES,
    *versions.RULES,
    *weights.RULES,
    *methods.RULES,
    *actions.RULES,
)
