"""Where alerts go: the section `alerts` of company.yml. Addresses stand there, secrets never do.

Imports no part of the project but `base`, so that company.yml's own module can read it.
"""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from orchestration.base.values import is_web_address

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Channel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kind: str

    @property
    def key(self) -> str:
        """Names the channel in the record of what was sent, without its address."""
        content = json.dumps(self.model_dump(), sort_keys=True).encode()
        return f"{self.kind}-{hashlib.sha256(content).hexdigest()[:8]}"


class Webhook(_Channel):
    """A JSON POST. An address that is itself a secret comes from HEALTH_WEBHOOK_URL instead."""

    kind: Literal["webhook"]
    url: str | None = None

    @field_validator("url")
    @classmethod
    def _is_plain_http(cls, value: str | None) -> str | None:
        if value is None:
            return value
        if not is_web_address(value):
            raise ValueError("an address begins with https:// (or http://) and names a host")
        parts = urlsplit(value)
        if parts.username or parts.password:
            raise ValueError("no password stands in company.yml: put it into HEALTH_WEBHOOK_TOKEN")
        return value


class Email(_Channel):
    """A message by SMTP. The password, if there is one, comes from HEALTH_SMTP_PASSWORD."""

    kind: Literal["email"]
    to: Annotated[list[str], Field(min_length=1)]
    sender: Annotated[str, Field(min_length=3)]
    server: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None

    @field_validator("to", "sender")
    @classmethod
    def _is_an_address(cls, value: list[str] | str) -> list[str] | str:
        for address in [value] if isinstance(value, str) else value:
            name, at, host = address.partition("@")
            if not (name and at and host) or any(c.isspace() or c in "<>," for c in address):
                raise ValueError(f"`{address}` is no plain e-mail address")
        return value

    @model_validator(mode="after")
    def _sends_no_password_in_the_clear(self) -> "Email":
        if self.user and self.security == "none" and self.server not in LOOPBACK:
            raise ValueError("with a `user`, `security` must be starttls or tls")
        return self


class AlertFile(_Channel):
    """One JSON line per alert, for whatever reads files. Relative to the company's state folder."""

    kind: Literal["file"]
    path: Annotated[str, Field(min_length=1)] = "alerts_for_others.jsonl"

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or path.suffix != ".jsonl":
            raise ValueError("a name ending in .jsonl, inside the company's state folder")
        return value


CHANNELS: dict[str, type[_Channel]] = {"webhook": Webhook, "email": Email, "file": AlertFile}
Channel = Annotated[Webhook | Email | AlertFile, Field(discriminator="kind")]
