"""Every test that a plan can name is registered under that name, and says what it shows."""

from __future__ import annotations

import pytest

from stillwatch.errors import UsageError
from stillwatch.provenance.registry import TESTS, find_test


@pytest.mark.parametrize("name", TESTS)
def test_a_test_is_found_by_its_name_and_says_what_it_shows(name):
    found = find_test(name)
    assert found.name == name
    assert found.meaning.startswith(("The ", "In ")) and found.meaning.endswith(".")
    assert found.guarantee.startswith("exact")


def test_another_name_is_refused_with_the_names_there_are():
    with pytest.raises(UsageError, match="no provenance test 'twin'; there are twins, "):
        find_test("twin")
