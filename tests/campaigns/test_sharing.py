"""What members share: rare values weigh, hubs are shown and weigh nothing, identifying ones are shortened."""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.sharing import links, shared_values
from stillwatch.signals.infrastructure import HUB

from .. import small_logs


def town(**common):
    """A hundred accounts; the first ten share one network and two addresses, everybody shares a client."""
    rows, accounts = [], []
    for number in range(100):
        name = f"a{number:03d}"
        ip = f"198.51.100.{1 + number % 2}" if number < 10 else f"10.{number}.0.1"
        rows.append(
            {"time": small_logs.START, "account": name, "model": "m", "ip": ip, "tls_fingerprint": "t13d_common"}
        )
        card = "token-0123456789" if number < 4 else f"card{number}"
        accounts.append({"account": name, "payment": card, "email_domain": "mail.example"})
    return small_logs.population(rows, accounts)


def test_values_counts_and_weights():
    shared = {(v.attribute, v.value): v for v in shared_values(town(), np.arange(10))}
    network = shared["network", "198.51.100.0/24"]
    assert (network.members, network.others) == (10, 0)
    assert shared["address", "198.51.100.1"].members == 5
    (card,) = (value for (attribute, _), value in shared.items() if attribute == "means of payment")
    assert card.value.startswith("#") and "token" not in card.value
    assert (card.members, card.others) == (4, 0)
    assert network.weight > card.weight > 0


def test_hubs_are_shown_and_weigh_nothing():
    assert HUB < 100
    shared = {v.attribute: v for v in shared_values(town(), np.arange(10))}
    assert (shared["TLS fingerprint"].value, shared["TLS fingerprint"].weight) == ("t13d_common", 0)
    assert (shared["mail domain"].others, shared["mail domain"].weight) == (90, 0)


def test_links_follow_rare_values_only():
    found = links(town(), np.arange(12))
    assert {why.split(":")[0] for _, _, why, _ in found} == {"network", "means of payment"}
    assert {name for left, right, _, _ in found for name in (left, right)} == {f"a{n:03d}" for n in range(10)}


def test_people_with_nothing_in_common_share_nothing():
    population = small_logs.population(
        [{"time": small_logs.START, "account": f"a{n}", "model": f"m{n}", "ip": f"10.{n}.0.1"} for n in range(20)]
    )
    assert shared_values(population, np.arange(20)) == ()
    assert links(population, np.arange(20)) == ()
