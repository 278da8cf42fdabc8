"""How one message goes out by one channel. Raises `NotSent`, whose text holds no address."""

import json
import ssl
from pathlib import Path
from typing import Any

from orchestration.alerts.message import Sendable
from orchestration.base.files import append_line
from orchestration.base.settings import CompanyPaths, Secrets
from orchestration.company.config import AlertFile, Channel, Email, Webhook

TIMEOUT_SECONDS = 10


class NotSent(Exception):
    """A channel did not take a message. The text says why, without address or secret."""


def send(channel: Channel, message: Sendable, secrets: Secrets, paths: CompanyPaths) -> None:
    """Send, waiting ten seconds at most for each answer of the other side."""
    try:
        if isinstance(channel, Webhook):
            _post(channel, message, secrets)
        elif isinstance(channel, Email):
            _mail(channel, message, secrets)
        else:
            _append(channel, message, paths.state)
    except NotSent:
        raise
    except Exception as error:  # whatever a channel does must not touch the refresh
        raise NotSent(_reason(error)) from None


def _post(channel: Webhook, message: Sendable, secrets: Secrets) -> None:
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class NoRedirect(HTTPRedirectHandler):
        """A redirect would carry the message and its token to an address nobody configured."""

        def redirect_request(self, *_: Any) -> None:
            return None

    url = secrets.webhook_url or channel.url
    if not url:
        raise NotSent("no address: give `url` in company.yml, or HEALTH_WEBHOOK_URL")
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.event}
    if secrets.webhook_token:
        headers["Authorization"] = f"Bearer {secrets.webhook_token}"
    body = json.dumps(message.as_json()).encode()
    request = Request(url, data=body, headers=headers, method="POST")
    with build_opener(NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
        answer.read(1)


def _mail(channel: Email, message: Sendable, secrets: Secrets) -> None:
    import smtplib
    from email.message import EmailMessage
    from email.utils import format_datetime, localtime

    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.to)
    mail["Date"] = format_datetime(localtime())
    # The same in every repetition, so that mail programs show it once.
    mail["Message-ID"] = f"<{message.event}@{message.company_id}.health.invalid>"
    mail.set_content(message.as_text())
    context = ssl.create_default_context()
    if channel.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            channel.server, channel.port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(channel.server, channel.port, timeout=TIMEOUT_SECONDS)
    with server:
        if channel.security == "starttls":
            server.starttls(context=context)
        if channel.user:
            server.login(channel.user, secrets.smtp_password)
        refused = server.send_message(mail)
    if refused:
        raise NotSent(f"the mail server refused {len(refused)} of {len(channel.to)} recipients")


def _append(channel: AlertFile, message: Sendable, state: Path) -> None:
    append_line(state / channel.path, message.as_json())


def _reason(error: Exception) -> str:
    """The kind of refusal alone: texts of servers and sockets may repeat an address."""
    code = getattr(error, "code", None) or getattr(error, "smtp_code", None)
    cause = getattr(error, "reason", None)
    inner = type(cause).__name__ if isinstance(cause, Exception) else ""
    return " ".join(str(part) for part in (type(error).__name__, code, inner) if part)
