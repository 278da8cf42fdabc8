"""company.yml: its fields, their defaults, and messages that name file, field and remedy."""

import json
import zoneinfo
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from orchestration.base.errors import BadInput
from orchestration.company import storage
from orchestration.company.config import CHANNELS, Channel
from orchestration.company.limits import Count, MartsLimits, TableLimits
from orchestration.company.listed import Reading
from orchestration.company.spelling import suggestion
from orchestration.company.tables import REPOSITORY, raw_tables

USAGE_TABLES = ("usage_events", "usage_daily")
USAGE_LAG_DAYS = 14
TOLD = ("alerts", "worklists")  # who is told: of failures, of calls to action

Text = Annotated[str, Field(min_length=1)]
CompanyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class CompanyFile(BaseModel):
    """The fields of company.yml."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: CompanyId
    name: Text
    time_zone: str = "UTC"
    reporting_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    as_of: Literal["latest_data", "run_date"] = "latest_data"
    score_from: date | None = None
    usage_measure: Literal["minutes", "actions", "quantity"] = "actions"
    entitlements: dict[Text, list[Text]] = {}
    key_actions: list[Text] = []
    released_modules: dict[Text, date] = {}
    north_star_metrics: dict[Text, Text] = {}
    disconnected_sources: dict[Text, list[Text]] = {}
    most_open_ctas_per_owner: Count = 50
    reading: Reading = Reading()
    tables: dict[str, TableLimits] = {}
    marts: MartsLimits = MartsLimits()
    alerts: list[Channel] = []
    worklists: list[Channel] = []

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        zones = zoneinfo.available_timezones()
        if value not in zones:
            raise ValueError(
                f"`{value}` is no time zone{suggestion(value, zones)}; give a name such as "
                "Europe/Berlin"
            )
        return value

    @field_validator("tables")
    @classmethod
    def _tables_exist(cls, value: dict[str, TableLimits]) -> dict[str, TableLimits]:
        for table, limits in value.items():
            _refuse_unknown_table(table)
            for column in limits.null_limit_ratios:
                _refuse_unknown_column(table, column)
        return value

    @field_validator("disconnected_sources")
    @classmethod
    def _sources_exist(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for tables in value.values():
            for table in tables:
                _refuse_unknown_table(table)
        return value


class Contact(BaseModel):
    """The part of company.yml that says who is to be told; the rest of it may be wrong."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    id: CompanyId
    name: Text = "unnamed company"
    alerts: list[Channel] = []


class Company(CompanyFile):
    """A company folder whose company.yml has been read."""

    folder: Path

    @property
    def landed(self) -> Path:
        """Where its files arrive."""
        return self.folder / "landed"

    @property
    def mapping(self) -> Path:
        """Its own SQL, one file per raw table; the folder need not exist."""
        return self.folder / "mapping"

    @property
    def has_mapping(self) -> bool:
        """True where raw tables are made by the company's own SQL."""
        return self.mapping.is_dir()

    @property
    def scorecards(self) -> Path:
        """Its own scorecard set if it has one, else the shipped one."""
        own = self.folder / "scorecards"
        return own if own.is_dir() else REPOSITORY / "seeds" / "scorecards"

    def limits(self, table: str) -> TableLimits:
        """The limits of one raw table, defaults filled in."""
        stated = self.tables.get(table, TableLimits())
        if table in USAGE_TABLES and "allowed_lag_days" not in stated.model_fields_set:
            return stated.model_copy(update={"allowed_lag_days": USAGE_LAG_DAYS})
        return stated


def load_company(folder: Path) -> Company:
    """Read and check a company folder's company.yml."""
    folder = Path(folder)
    file = folder / "company.yml"
    if not folder.is_dir():
        raise BadInput(
            f"{folder}: there is no such company folder. Name one with --company, "
            "or by HEALTH_COMPANY=<folder>."
        )
    if not file.is_file():
        raise BadInput(f"{folder} has no company.yml. Copy one from seeds/companies and edit it.")
    for entry in (file, folder / "landed", folder / "mapping", folder / "scorecards"):
        storage.refuse_link(entry)
    if (folder / "scorecards").is_dir():
        storage.regular_files(folder / "scorecards")
    content = _read_yaml(file)
    try:
        checked = CompanyFile.model_validate(content)
    except ValidationError as error:
        raise BadInput("\n".join(_messages(file, error))) from None
    return Company(**checked.model_dump(exclude_unset=True), folder=folder)


def hash_of_settings(folder: Path) -> str:
    """What tables may follow from: company.yml as YAML reads it, but who is told of what."""
    content = _read_yaml(Path(folder) / "company.yml")
    content = {name: value for name, value in content.items() if name not in TOLD}
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def read_contact(folder: Path) -> Contact | None:
    """Who is to be told about a company; None where not even that can be read."""
    try:
        return Contact.model_validate(_read_yaml(Path(folder) / "company.yml"))
    except (BadInput, ValidationError, OSError):
        return None


_FastestLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_FastestLoader):
    """YAML that refuses a key written twice, where the last would win silently."""


def _mapping_without_twins(loader: Any, node: yaml.MappingNode) -> dict:
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key `{key.value}` stands twice", key.start_mark
            )
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_twins
)


def _read_yaml(file: Path) -> dict:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    try:
        content = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise BadInput(f"{file}{where}: not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput(f"{file}: not valid YAML: {error}.") from error
    if not isinstance(content, dict):
        raise BadInput(f"{file}: expected lines of the form `field: value`, beginning with `id:`.")
    return content


def _refuse_unknown_table(table: str) -> None:
    if table not in raw_tables():
        raise ValueError(
            f"`{table}` is no raw table{suggestion(table, raw_tables())}; the raw tables are "
            + ", ".join(raw_tables())
        )


def _refuse_unknown_column(table: str, column: str) -> None:
    names = [known.name for known in raw_tables()[table].columns]
    if column not in names:
        raise ValueError(
            f"`{column}` is no column of {table}{suggestion(column, names)}; its columns are "
            + ", ".join(names)
        )


def _messages(file: Path, error: ValidationError) -> list[str]:
    return [
        f"{file}: field `{_field(problem['loc'])}`: {_explanation(problem)}."
        for problem in error.errors()
    ]


def _field(location: tuple) -> str:
    return ".".join(str(part) for part in location if part != "[key]")


def _explanation(problem: ErrorDetails) -> str:
    location, given = problem["loc"], problem.get("input")
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _model_at(location).model_fields
        return f"unknown{suggestion(str(location[-1]), known)}; the fields are " + ", ".join(known)
    if kind == "missing":
        return "missing; add it"
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    if kind == "string_type":
        return f"`{given}` must be text; put it in quotes"
    if kind == "literal_error":
        return f"`{given}` must be one of {problem['ctx']['expected']}"
    if kind == "string_pattern_mismatch":
        return f"`{given}` must match {problem['ctx']['pattern']}"
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return "each channel begins with `kind:`, one of " + ", ".join(CHANNELS)
    message = problem["msg"][0].lower() + problem["msg"][1:]
    # What was put into a channel by mistake may be a password.
    return message if location[0] in TOLD else f"`{given}`: {message}"


def _model_at(location: tuple) -> type[BaseModel]:
    if len(location) == 1:
        return CompanyFile
    sections: dict[Any, type[BaseModel]] = {
        "tables": TableLimits,
        "marts": MartsLimits,
        "reading": Reading,
    }
    return CHANNELS[location[2]] if location[0] in TOLD else sections[location[0]]
