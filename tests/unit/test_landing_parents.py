"""Parents of accounts, as they are landed: a circle or too many levels is refused and named."""

import pytest

from orchestration.base.errors import BadInput
from orchestration.landing.parents import problems
from tests.support.landing import CompanyFolder

HEADER = "account_id,name,parent_account_id,created_at\n"


def chain(levels: int) -> list[tuple[str, str | None]]:
    """An account a0 with so many levels of parents above it."""
    return [(f"a{n}", f"a{n + 1}" if n < levels else None) for n in range(levels + 1)]


def test_every_way_that_ends_within_five_levels_is_fine():
    assert problems(chain(5)) == []
    assert problems([("a", None), ("b", ""), ("c", "not landed"), (None, "a")]) == []


def test_who_names_itself_has_no_parent():
    assert problems([("a", "a"), (" b", "b "), ("c", "a")]) == []


def test_more_than_five_levels_are_named_with_the_way():
    assert problems(chain(6)) == [
        "accounts: more than 5 levels of parents, a0 → a1 → a2 → a3 → a4 → a5 → a6. Correct "
        "parent_account_id, or blank it in the mapping."
    ]


@pytest.mark.parametrize(
    ("pairs", "way"),
    [
        ([("b", "a"), ("a", "b")], "a → b → a"),
        ([("0", "a"), ("1", "0"), ("a", "b"), ("b", "c"), ("c", "a")], "a → b → c → a"),
        ([(" a", "b "), ("b", "a")], "a → b → a"),
    ],
)
def test_a_circle_is_named_once(pairs, way):
    (problem,) = problems(pairs)
    assert problem.startswith(f"accounts: a circle of parents, {way}. ")


def test_two_circles_are_two_and_many_are_counted():
    def circles(count: int) -> list[tuple[str, str]]:
        return [pair for n in range(count) for pair in ((f"a{n}", f"b{n}"), (f"b{n}", f"a{n}"))]

    assert len(problems(circles(2))) == 2
    found = problems(circles(9))
    assert len(found) == 6 and found[-1] == "accounts: 4 more such ways."


def test_a_landed_circle_changes_nothing(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts_1.csv", HEADER + "001,Anvil,002,2024-01-01\n")
    folder.land("accounts_2.csv", HEADER + "002,Brick,001,2024-01-01\n")
    with pytest.raises(BadInput, match="a circle of parents, 001 → 002 → 001"):
        folder.check()
    assert folder.state_content() == {}
    folder.land("accounts_2.csv", HEADER + "002,Brick,,2024-01-01\n")
    folder.load()
    folder.land("accounts_1.csv", HEADER + "001,Anvil,002,2024-01-01\n")
    folder.land("accounts_2.csv", HEADER + "002,Brick,001,2024-01-01\n")
    with pytest.raises(BadInput, match="a circle of parents, 001 → 002"):
        folder.check()


def test_a_circle_that_a_mapping_makes_is_refused_and_one_that_it_blanks_is_not(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("Customers.csv", "customer,title,top\n007,Anvil,008\n008,Brick,007\n")
    named = "select customer as account_id, title as name"
    folder.map("accounts", f"{named}, top as parent_account_id from landed.customers")
    with pytest.raises(BadInput, match="a circle of parents, 007 → 008 → 007"):
        folder.check()
    folder.map("accounts", f"{named} from landed.customers")
    folder.load()
