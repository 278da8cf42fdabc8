"""Writes landed/ of both sample companies, the same bytes every time.

python seeds/companies/generate.py            into this folder
python seeds/companies/generate.py <folder>   into <folder>/<company>/landed
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generator import office, robots
from generator.tables import write_company

HERE = Path(__file__).parent
WITH_MARK = (True, "\r\n")  # as a spreadsheet saves it: byte order mark, Windows line ends


def main(target: Path = HERE) -> None:
    """Build and write both companies."""
    write_company(
        office.build(),
        target / "office_software" / "landed",
        parquet={("usage_events", 0), ("usage_events", 1), ("usage_events", 4)},
        split={("invoices", 5), ("usage_events", 3), ("tickets", 1)},
        styles={("exchange_rates", 0): WITH_MARK, ("staff", 0): WITH_MARK},
    )
    write_company(
        robots.build(),
        target / "restaurant_robots" / "landed",
        parquet={("usage_events", 0), ("usage_events", 1), ("usage_events", 4)},
        split={("survey_responses", 0)},
        styles={},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
