"""Who follows a page stops where it is not as the page says."""

import os

import pytest

from tests.support.pages import Follower

FENCE = "```"


@pytest.fixture
def follow(tmp_path):
    def follow(*parts):
        (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
        page = tmp_path / "page.md"
        page.write_text("\n\n".join(parts).replace("~~~", FENCE) + "\n")
        return Follower(tmp_path, os.environ).follow(page)

    return follow


TYPED = "~~~bash\necho 'one  two: 3 s'\necho four\n~~~"
ADDED = "Into `rows.csv`:\n\n~~~csv\n3,4\n~~~"


def test_what_is_as_it_says_is_followed(follow):
    shown = "In `rows.csv`:\n\n~~~text\n1,2\n3,4\n~~~"
    changed = "And in `rows.csv`:\n\n~~~diff\n-1,2\n 3,4\n~~~"
    printed = follow(TYPED, "~~~text\none two\nfour\n~~~", ADDED, shown, changed, TYPED)
    assert printed == 2 * "one  two: 3 s\nfour\n"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((TYPED, "~~~text\nfive\n~~~"), "not found: five"),
        ((TYPED, "~~~text\nfour\none two\n~~~"), "not found: one two"),
        ((ADDED, "In `rows.csv`:\n\n~~~text\n5,6\n~~~"), "not found: 5,6"),
        (("~~~bash\nfalse\necho reached\n~~~",), "false"),
        (("In `other.csv`:\n\n~~~csv\n3,4\n~~~",), "other.csv is not there"),
        (("Somewhere:\n\n~~~csv\n3,4\n~~~",), "one file should be named"),
        (("In `rows.csv`:\n\n~~~diff\n-9,9\n~~~",), "stands 0 times instead of once"),
        (("In `rows.csv`:\n\n~~~csv\n1,2\n~~~", "~~~diff\n-1,2\n~~~"), "stands 2 times"),
        (("~~~ruby\nputs\n~~~",), "nobody knows what to do with ruby"),
    ],
)
def test_what_is_otherwise_ends_it(follow, parts, said):
    with pytest.raises(AssertionError, match=said):
        follow(*parts)
