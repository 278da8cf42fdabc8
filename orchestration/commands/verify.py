"""`health verify`: a full refresh beside the incremental ones, compared and thrown away."""

import json

import typer

from orchestration.base.settings import load_settings, silence_telemetry
from orchestration.commands.common import CompanyOption, JsonOption, expected_errors, folder_of


def verify(company: CompanyOption = None, as_json: JsonOption = False) -> None:
    """Compare the last audited build with a full rebuild of the same loads; publishes nothing.

    Exit codes: 0 equal, 2 nothing to compare with, 3 a table differs, 4 a refresh is running.
    """
    from orchestration.alerts.refresh import Teller
    from orchestration.warehouse.verify import require_equal
    from orchestration.warehouse.verify import verify as compare_with_a_full_build

    with expected_errors(as_json):
        settings = load_settings()
        silence_telemetry()
        folder = folder_of(company) or settings.company_folder
        try:
            found = compare_with_a_full_build(settings, folder)
            require_equal(found)
        except BaseException as error:
            Teller(settings, folder).differs(error)
            raise
        seconds = round(sum(found.seconds.values()), 1)
        facts = {
            "status": "equal",
            "refresh_id": found.audited_refresh_id,
            "seconds": seconds,
        }
        typer.echo(
            json.dumps(facts)
            if as_json
            else f"Refresh {found.audited_refresh_id}: every mart equals that of a full refresh "
            f"({seconds} s)."
        )
