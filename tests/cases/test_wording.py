from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.campaigns.model import ScanResult
from stillwatch.cases import wording
from stillwatch.cases.limits import gaps


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "< 10⁻³⁰⁰"),
        (3.2e-8, "3.2 × 10⁻⁸"),
        (1e-9, "10⁻⁹"),
        (0.031, "0.031"),
        (1.0, "1"),
        (3.1e7, "3.1 × 10⁷"),
        (float("inf"), "> 10³⁰⁰"),
        (2500.0, "2,500"),
    ],
)
def test_powers(value: float | None, text: str) -> None:
    assert wording.power(value).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.001, "0.1 %"),
        (0.0025, "0.25 %"),
        (0.83, "83 %"),
        (0.9999, "99.9 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.02, "2 %"),
        (2e-12, "2 × 10⁻¹⁰ %"),
    ],
)
def test_percents_keep_what_small_and_nearly_whole_shares_say(share: float, text: str) -> None:
    assert wording.percent(share).replace("\u00a0", " ") == text


@given(st.floats(0, 1))
def test_a_share_that_is_not_whole_is_never_shown_as_whole(share: float) -> None:
    assert (wording.percent(share) == "100\u00a0%") == (share == 1.0 or 100 * share == 100)


def test_spans() -> None:
    def on(month: int, day: int, year: int = 2026) -> datetime:
        return datetime(year, month, day, tzinfo=UTC)

    assert wording.span(on(3, 3), on(3, 3)) == "3 Mar 2026"
    assert wording.span(on(3, 3), on(3, 12)) == "3–12 Mar 2026"
    assert wording.span(on(2, 28), on(3, 4)) == "28 Feb – 4 Mar 2026"
    assert wording.span(on(12, 28, 2025), on(1, 4)) == "28 Dec 2025 – 4 Jan 2026"


def test_members_of_two_campaigns_count_once(sample: ScanResult) -> None:
    twice = ScanResult(sample.accounts, (sample.campaigns[0], sample.campaigns[0]), sample.facts)
    assert "2 campaigns, 1,240 accounts" in wording.verdict(twice)


def test_columns_that_are_absent_or_holed_are_named_with_what_goes_unseen() -> None:
    found = {gap.column: gap for gap in gaps({"ip": 100.0, "prompt": 40.0, "payment": 0.0})}
    assert "ip" not in found
    assert found["prompt"].state == "40\u00a0% filled"
    assert found["payment"].state == "absent"
    assert "payer" in found["payment"].unseen
    assert gaps({}) == ()
