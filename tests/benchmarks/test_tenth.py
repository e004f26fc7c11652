"""Students' p-values are put together as Fisher's method says, and counted."""

from __future__ import annotations

import pytest

from bench import tenth


def _student(p: float) -> dict[str, dict[str, float]]:
    return {name: {"p_value": p} for name in tenth._TESTS.values()}


def test_one_student_says_what_its_p_value_says():
    found = tenth.figures([_student(0.004)])
    assert found["mark_fisher_log10_p"] == pytest.approx(found["mark_log10_p_1"]) == found["mark_median_log10_p"]
    assert (found["mark_below_5pct"], found["mark_below_1permille"]) == (1, 0)


def test_weak_findings_that_agree_are_strong_together_and_one_among_many_is_not():
    agree = tenth.figures([_student(0.03)] * 10)
    alone = tenth.figures([_student(0.03), *[_student(0.6)] * 9])
    assert agree["twins_fisher_log10_p"] < -5 and agree["twins_below_5pct"] == 10
    assert alone["twins_fisher_log10_p"] > -1 and alone["twins_below_5pct"] == 1
    assert alone["twins_median_log10_p"] > -0.3
