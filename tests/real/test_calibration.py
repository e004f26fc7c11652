"""Random groups of real users look unremarkable by every signal."""

from __future__ import annotations

import random

import pytest

from .. import small_logs
from ..calibrate.conftest import excess, p_values, with_accounts


@pytest.mark.parametrize("corpus", ["oasst", "programmers"])
def test_random_groups_of_real_users_are_unremarkable(corpus):
    rng = random.Random(1)
    assert excess(p_values(with_accounts(small_logs.real_rows(corpus, rng), rng))) == {}
