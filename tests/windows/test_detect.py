"""Windows of anonymous prompts: quiet ones stay quiet, mixed ones are found, and their share is not overstated."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.errors import UsageError
from stillwatch.windows import WINDOW_SCHEMA, build_baseline, detect_windows
from stillwatch.windows.baseline import CHANNELS

from .conftest import SIZE


def mixed(customers: list[str], campaign: list[str], share: float, windows: int = 12) -> pa.Array:
    dice = random.Random(int(share * 100))
    texts: list[str] = []
    for _ in range(windows):
        count = round(share * SIZE)
        window = dice.sample(customers[2400:], SIZE - count) + dice.sample(campaign, count)
        dice.shuffle(window)
        texts += window
    return pa.array(texts)


def test_quiet_windows_are_as_rare_as_the_rate_says(baseline, customers):
    found = detect_windows(pa.array(customers[2400 : 2400 + 25 * SIZE]), baseline)
    p = found.column("p_value").to_numpy()
    assert len(p) == 25 and (p > 0).all() and (p <= 1).all()
    assert (p <= 0.1).sum() <= 7  # 2.5 expected; more than 7 has a chance below 0.5 %
    assert np.median(found.column("share_low").to_numpy()) < 0.05


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_a_campaigns_share_is_found_and_not_overstated(baseline, customers, campaign, share):
    found = detect_windows(mixed(customers, campaign, share), baseline)
    assert (found.column("p_value").to_numpy() <= 0.01).all()
    assert (found.column("strength").to_numpy() > 2).all()
    assert set(found.column("evidence").to_pylist()) <= set(CHANNELS)
    assert (found.column("share_low").to_numpy() <= share + 0.05).mean() >= 0.9
    assert abs(np.median(found.column("share").to_numpy()) - share) < 0.2


def test_more_of_a_campaign_is_stronger_evidence(baseline, customers, campaign):
    strength = [
        np.median(detect_windows(mixed(customers, campaign, share), baseline).column("strength").to_numpy())
        for share in (0.0, 0.1, 0.4)
    ]
    assert strength == sorted(strength)


def test_case_and_punctuation_change_nothing(baseline, customers):
    plain = customers[2400 : 2400 + 2 * SIZE]
    shouted = [f"  {text.upper()} !!" if text.isascii() else text for text in plain]
    assert detect_windows(pa.array(shouted), baseline).equals(detect_windows(pa.array(plain), baseline))


def test_rows_and_what_is_left_over(baseline, customers):
    found = detect_windows(pa.chunked_array([customers[2400:2500], customers[2500 : 2400 + 2 * SIZE + 7]]), baseline)
    assert found.schema.equals(WINDOW_SCHEMA)
    assert found.column("first").to_pylist() == [0, SIZE]
    assert found.column("last").to_pylist() == [SIZE - 1, 2 * SIZE - 1]


def test_too_little_traffic_is_said_so(baseline, customers):
    with pytest.raises(UsageError, match="no window"):
        detect_windows(pa.array(customers[:50]), baseline)
    with pytest.raises(UsageError, match="at least 400"):
        build_baseline(pa.array(customers[:300]), size=100)


def test_blocks_keep_neighbours_together(customers):
    """One person's prompts follow each other and are alike; drawn singly, ordinary windows would look remarkable."""
    bursts = [text for text in customers[:150] for _ in range(8)]
    tested = pa.array([text for text in customers[2400:2415] for _ in range(8)])
    alone, together = (build_baseline(pa.array(bursts), size=SIZE, windows=160, block=b) for b in (1, 8))
    assert detect_windows(tested, together)["p_value"][0].as_py() > 0.01
    assert (
        detect_windows(tested, together)["strength"][0].as_py() < detect_windows(tested, alone)["strength"][0].as_py()
    )
