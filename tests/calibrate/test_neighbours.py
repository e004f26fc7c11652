"""Stand-ins from the members' own networks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.calibrate.neighbours import neighbours
from stillwatch.profile.kernels import EMPTY
from stillwatch.signals.memo import Memo


class Town(Memo):
    """Accounts of which nothing but the networks is known; zero stands for none."""

    def __init__(self, networks: list[list[int]]) -> None:
        table = np.array(networks, np.uint64)
        self.profiles = {"network": np.where(table == 0, EMPTY, table)}

    def __len__(self) -> int:
        return len(self.profiles["network"])


def drawn(town: Town, rows: list[int], able: list[int], reference: Town | None = None) -> np.ndarray:
    place = np.full(len(reference or town), -1)
    place[able] = np.arange(len(able))
    otherwise = np.full((len(rows), 6), len(able))
    return neighbours(town, np.array(rows), reference or town, place, otherwise)


def test_a_member_is_stood_in_for_by_those_of_its_networks_who_may():
    town = Town([[7, 8], [7, 0], [8, 0], [8, 0], [9, 0], [0, 0]])
    numbers = drawn(town, [0, 4, 5], able=[1, 2, 4])
    assert set(numbers[0].tolist()) <= {0, 1}
    assert (numbers[1] == 2).all()
    assert (numbers[2] == 3).all(), "without a network it keeps its other stand-ins"


def test_neighbours_may_come_from_earlier_traffic():
    assert (drawn(Town([[7, 0]]), [0], able=[1], reference=Town([[8, 0], [7, 0]])) == 0).all()


@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=1, max_size=20), st.data())
def test_whoever_is_drawn_shares_a_network(networks, data):
    town = Town(networks)
    rows = data.draw(st.lists(st.integers(0, len(networks) - 1), min_size=1, max_size=5, unique=True))
    able = [account for account in range(len(networks)) if account not in rows]
    for row, numbers in zip(rows, drawn(town, rows, able), strict=True):
        near = {n for n, account in enumerate(able) if set(networks[account]) & set(networks[row]) - {0}}
        assert set(numbers.tolist()) <= (near or {len(able)})


def test_so_large_a_network_is_drawn_from_evenly():
    town = Town([[3, 0]] * 400)
    numbers = drawn(town, list(range(200)), able=list(range(200, 400)))
    assert len(set(numbers.ravel().tolist())) > 190
