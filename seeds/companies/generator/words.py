"""Invented names of companies and people, and texts that are hard to keep unharmed."""

from random import Random


def listed(names: str) -> list[str]:
    """Words as a list; easier to read than forty quoted ones."""
    return names.split()


FIRST = listed("""
    Ada Amir Anja Bela Bruno Carla Chen Dara Dilek Elif Emil Esra Fara Finn Greta Hana Igor Ines
    Jana Joao Kaja Kofi Lars Lena Luca Maja Marek Mina Nadja Nils Noor Olga Oskar Paula Petra
    Rafi Rosa Sami Selma Theo Tilda Ugo Vera Viktor Wanda Xenia Yara Yusuf Zara Zeno
""")
LAST = listed("""
    Abel Adler Baum Berg Birk Blum Brandt Castell Dorn Ebner Falk Feld Forst Gruen Haas Hain
    Heller Horn Iven Jung Kern Kolb Kranz Lang Linde Mohn Nagel Oster Pohl Quast Rabe Reuter
    Sander Stern Tann Uhl Vogt Wald Winter Ysar Zander Zorn
""")
PLACES = listed("""
    Amber Birch Blue Bright Cedar Clear Copper Crystal Delta Eastern First Golden Granite Green
    Harbour High Iron Lake Linden Maple Meadow Misty New North Oak Ocean Old Open Pine Prime
    Quick Red River Silver South Spring Stone Summer Swift Upper Valley West White Wild
""")
TRADES = listed("""
    Analytics Bakery Bank Books Builders Cargo Clinics Couriers Design Energy Farms Films Foods
    Freight Gardens Glass Insurance Labs Lawyers Logistics Machines Media Metals Motors Optics
    Paper Pharma Press Rail Research Schools Shipping Software Steel Studios Textiles Timber
    Tools Travel Water Wind
""")
DISHES = listed("""
    Bistro Brasserie Cantina Deli Diner Grill House Kitchen Noodles Osteria Pizzeria Ramen Table
    Tapas Tavern Trattoria
""")

# Account names that break careless code. They are names, and stay exactly as they are.
HARD_NAMES = [
    "Çelik & Söhne GmbH",
    "株式会社サンプル",
    "=SUM(A1:A9) Consulting",
    "+Plus Partners",
    'O\'Brien "Quotes" & Daughters, Ltd',
    "Robert'); drop table accounts;--",
    "شركة المثال",
    "Naïve Café 🤖 Works",
]

COMMENTS = {
    "good": ["Does what we need.", "Great help from the team", "Sehr zufrieden!", "好用", "👍👍"],
    "middling": ["It is all right", "Fine, could be faster", "Manchmal langsam, sonst gut"],
    "poor": ["Too many clicks", "We wait days for an answer", "Nobody here uses it any more"],
}
HARD_COMMENTS = [
    "First line\nsecond line, with a comma\n\nand a fourth",
    'She said: "it works", mostly',
    "'; drop table survey_responses; --",
    "=1+1",
    "+49 is not a formula",
    "-3 this week, @home",
    "Ünïcödé 漢字 العربية 👩‍👩‍👧 Ω",
    "tab\there and a trailing space ",
    "{{ env_var('HOME') }} ${HOME} %s <script>alert(1)</script>",
]


def person(rng: Random) -> str:
    """An invented person."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def email(name: str, person_id: str) -> str:
    """An address that can't exist: example.com and example.org are reserved."""
    domain = "example.com" if len(person_id) % 2 else "example.org"
    return f"{name.lower().replace(' ', '.')}.{person_id.lower()}@{domain}"


def comment(rng: Random, share: float) -> str:
    """A survey comment that fits an answer of `share` of the scale."""
    kind = "good" if share >= 0.8 else "middling" if share >= 0.5 else "poor"
    return rng.choice(COMMENTS[kind]) if rng.random() < 0.4 else ""
