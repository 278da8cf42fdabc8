"""The wide marts `health_<segment_id>`: one dbt model per segment, written from the scorecards.

Belongs here: which columns a segment's table has, and the text of the two files of its model. The
set is taken as checked (`lint.require_valid`). The same set always gives the same text, and a file
is only written when its text changed, so that dbt's partial parsing has nothing to do.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.base.errors import BadInput
from orchestration.scorecards.scorecard_set import Catalogue, read_catalogue
from orchestration.scorecards.tables import TABLES, Row, read_table

LONGEST_IDENTIFIER = 63  # Postgres cuts longer names off without a word
LINE_LENGTH = 100
OWNER = "analytics engineering"
HEADER = "Generated from the scorecards of the segment {segment}: edit those, not this file."

# Columns that every segment has: name, data type, description.
ACCOUNT_COLUMNS = (
    ("account_id", "varchar", "The account."),
    ("as_of_date", "date", "The date that the row speaks for: what had happened by its end, UTC."),
    ("scorecard_id", "varchar", "The scorecard that judged the account on the date."),
    ("scorecard_version", "integer", "The version of the scorecard that was valid on the date."),
    ("lifecycle_stage", "varchar", "onboarding, adoption or renewal."),
    ("score", "double", "The score, 0-100; null where the account is unscored."),
    ("band", "varchar", "The named range that the score lies in: unhealthy, fair or healthy."),
    ("is_scored", "boolean", "Whether enough was measured for a score."),
    ("unscored_reason", "varchar", "Why there is no score; null where there is one."),
    ("is_latest", "boolean", "Whether the row is of the newest date."),
    (
        "is_provisional",
        "boolean",
        "Whether the date lies off the scorecard's cadence, so that the score is not final.",
    ),
)


@dataclass(frozen=True)
class Indicator:
    """An indicator as the columns of a wide table need it."""

    indicator_id: str
    unit: str
    definition: str

    @property
    def columns(self) -> tuple[tuple[str, str, str], ...]:
        absent = "ull where it was not measured or the scorecard version does not ask for it."
        return (
            (
                f"{self.indicator_id}_value",
                "double",
                f"{self.definition} Unit: {self.unit}. N{absent}",
            ),
            (
                f"{self.indicator_id}_score",
                "double",
                f"What the value of {self.indicator_id} is worth, 0-100; n{absent}",
            ),
        )


def generate_segment_models(scorecards: Path, catalogue: Path, out: Path) -> list[Path]:
    """Write the models of all segments into `out`, drop those of former segments; the paths."""
    texts: dict[str, str] = {}
    for segment, indicators in segment_indicators(scorecards, catalogue).items():
        _refuse_long_names(segment, indicators)
        texts[f"health_{segment}.sql"] = model_sql(segment, indicators)
        texts[f"health_{segment}.yml"] = model_yaml(segment, indicators)

    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(out.glob("health_*")):
        if path.suffix in (".sql", ".yml") and path.name not in texts:
            path.unlink()
    paths = []
    for name, text in sorted(texts.items()):
        path = out / name
        content = text.encode()
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
        paths.append(path)
    return paths


def segment_indicators(scorecards: Path, catalogue: Path) -> dict[str, list[Indicator]]:
    """Each segment's indicators: those of any version of its scorecards, in catalogue order."""
    known, findings = read_catalogue(catalogue)
    if known is None:
        raise BadInput("\n".join(str(finding) for finding in findings))
    scorecard_rows = _rows(scorecards, "scorecards")
    asked = {
        (row["scorecard_id"], row["version"], row["indicator_id"])
        for row in _rows(scorecards, "scorecard_indicators")
    }
    by_segment = {}
    for segment in sorted(row["segment_id"] for row in _rows(scorecards, "segments")):
        versions = {
            (row["scorecard_id"], row["version"])
            for row in scorecard_rows
            if row["segment_id"] == segment
        }
        wanted = {indicator for *version, indicator in asked if tuple(version) in versions}
        by_segment[segment] = _in_catalogue_order(segment, wanted, known)
    return by_segment


def _rows(folder: Path, name: str) -> list[Row]:
    rows, findings = read_table(folder, TABLES[name])
    if rows is None or findings:
        raise BadInput("\n".join(str(finding) for finding in findings))
    return rows


def _in_catalogue_order(segment: str, wanted: set[str], known: Catalogue) -> list[Indicator]:
    unknown = sorted(wanted - known.indicators.keys())
    if unknown or not wanted:
        problem = f"unknown indicator {', '.join(unknown)}" if unknown else "no indicators"
        raise BadInput(
            f"scorecard_indicators.csv: segment {segment}: {problem}. "
            "Check the scorecards before the models are made."
        )
    return [
        Indicator(indicator_id, cells["unit"], cells["definition"])
        for indicator_id, cells in known.indicators.items()
        if indicator_id in wanted
    ]


def _refuse_long_names(segment: str, indicators: list[Indicator]) -> None:
    columns = [name for indicator in indicators for name, _, _ in indicator.columns]
    for kind, name in [("table", f"health_{segment}"), *(("column", name) for name in columns)]:
        if len(name) > LONGEST_IDENTIFIER:
            raise BadInput(
                f"segment {segment}: the name of the {kind} {name} has {len(name)} characters, "
                f"at most {LONGEST_IDENTIFIER} are possible. Shorten the id that it is made of."
            )


def model_sql(segment: str, indicators: list[Indicator]) -> str:
    """The model: the account's row, and its indicators turned from rows into columns."""
    ids = ",\n".join(f"            '{indicator.indicator_id}'" for indicator in indicators)
    turned = ",\n".join(
        f"        max(case when indicator_id = '{indicator.indicator_id}' then {column} end)\n"
        f"            as {indicator.indicator_id}_{suffix}"
        for indicator in indicators
        for suffix, column in (("value", "raw_value"), ("score", "indicator_score"))
    )
    selected = ",\n".join(
        [_cast("account_health", name, data_type) for name, data_type, _ in ACCOUNT_COLUMNS]
        + [
            _cast("indicators_wide", name, data_type)
            for indicator in indicators
            for name, data_type, _ in indicator.columns
        ]
    )
    return f"""-- {HEADER.format(segment=segment)}
with

all_accounts as (
    select * from {{{{ ref('fct_account_health') }}}}
    {{{{ where_scored_anew() }}}}
),

account_health as (
    select * from all_accounts
    where segment_id = '{segment}'
),

all_indicator_scores as (
    select * from {{{{ ref('fct_indicator_scores') }}}}
    {{{{ where_scored_anew() }}}}
),

indicator_scores as (
    select * from all_indicator_scores
    where
        status = 'measured'
        and indicator_id in (
{ids}
        )
),

segment_indicator_scores as (
    select
        indicator_scores.account_id,
        indicator_scores.as_of_date,
        indicator_scores.indicator_id,
        indicator_scores.raw_value,
        indicator_scores.indicator_score
    from indicator_scores
    inner join account_health
        on
            indicator_scores.account_id = account_health.account_id
            and indicator_scores.as_of_date = account_health.as_of_date
),

indicators_wide as (
    select
        account_id,
        as_of_date,
{turned}
    from segment_indicator_scores
    group by account_id, as_of_date
),

wide as (
    select
{selected}
    from account_health
    left join indicators_wide
        on
            account_health.account_id = indicators_wide.account_id
            and account_health.as_of_date = indicators_wide.as_of_date
)

select * from wide
"""


def _cast(relation: str, name: str, data_type: str) -> str:
    if data_type == "double":
        cast = f"{{{{ to_double('{relation}.{name}') }}}}"
    else:
        cast = f"cast({relation}.{name} as {data_type})"
    one_line = f"        {cast} as {name}"
    return one_line if len(one_line) < LINE_LENGTH else f"        {cast}\n            as {name}"


def model_yaml(segment: str, indicators: list[Indicator]) -> str:
    """The model's properties: contract types, descriptions, key test and owner."""
    name = f"health_{segment}"
    meta = {"meta": {"owner": OWNER}}
    columns = [*ACCOUNT_COLUMNS]
    for indicator in indicators:
        columns.extend(indicator.columns)
    properties = {
        "version": 2,
        "models": [
            {
                "name": name,
                "description": (
                    f"One row per account and as-of date on which it is in the segment {segment}: "
                    "score, band, and value and score of each indicator of its scorecards."
                ),
                "config": meta,
                "data_tests": [
                    {
                        "unique_key": {
                            "name": f"{name}_key_is_unique",
                            "arguments": {"columns": ["account_id", "as_of_date"]},
                            "config": {"meta": {"owner": OWNER}},
                        }
                    }
                ],
                "columns": [
                    {"name": column, "data_type": data_type, "description": description}
                    for column, data_type, description in columns
                ],
            }
        ],
    }
    text = yaml.safe_dump(properties, sort_keys=False, width=100, allow_unicode=True)
    return f"# {HEADER.format(segment=segment)}\n{text}"
