"""Allow-lists: who is covered, what is spared and shown, and what a list may not do."""

from __future__ import annotations

import ipaddress
import json
import random
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.errors import InputError
from stillwatch.operate.allow import AllowList, read_allow
from stillwatch.profile import address_kernels
from stillwatch.profile.accounts import string_buffers
from stillwatch.profile.addresses import ipv4_of

from .. import small_logs

HEAD = 'reason = "our own load test"\nwho = "ann"\nsince = 2026-05-01\nexpires = 2026-08-01\n'
AT = datetime(2026, 5, 20, tzinfo=UTC)


def entry(scope: str, value: str, head: str = HEAD) -> str:
    return f'[[allow]]\nscope = "{scope}"\nvalue = "{value}"\n{head}'


def allow_file(tmp_path, *entries: str):
    path = tmp_path / "allow.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def test_an_allowed_account_is_spared_shown_and_counted(scanned, tmp_path):
    spared = scanned.members[:5]
    file = allow_file(tmp_path, *(entry("account", name) for name in (*spared, "p0001")))
    result = scanned.scan(allow=file, out=tmp_path / "answer")
    (campaign,) = result.campaigns
    assert campaign.members == scanned.members[5:]
    assert campaign.allowed == tuple((f"account {name}", 1) for name in sorted(spared))
    rows = {row["account"]: row for row in result.accounts.to_pylist()}
    for name in spared:
        assert rows[name]["allowed"] == f"account {name}"
        assert not rows[name]["flagged"] and rows[name]["campaign"] is None and rows[name]["reasons"] == []
    facts = result.facts["allowed"]
    assert facts["spared"] == result.facts["counts"]["allowed"] == 5
    assert [e["spared"] for e in facts["entries"]] == [1] * 5 + [0]
    assert result.facts["counts"]["flagged"] == len(scanned.members) - 5
    assert pq.read_table(tmp_path / "answer" / "campaigns.parquet")["allowed"].to_pylist() == [5]
    page = (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")
    assert "5 accounts that this campaign would include" in page and "our own load test" in page


def test_nothing_that_is_measured_changes(scanned, tmp_path):
    file = allow_file(tmp_path, entry("account", scanned.members[0]))
    result = scanned.scan(allow=file)
    (before,), (after,) = scanned.result.campaigns, result.campaigns
    assert (after.p_value, after.e_value) == (before.p_value, before.e_value)
    columns = ["account", "p_value", "score"]
    others = [row for row in result.accounts.select(columns).to_pylist() if row["account"] != scanned.members[0]]
    known = {row["account"]: row for row in scanned.result.accounts.select(columns).to_pylist()}
    # A member's score weighs its own membership, which no other account's exemption touches.
    assert others == [known[row["account"]] for row in others]


def test_a_campaign_that_is_allowed_wholly_is_still_told(scanned, tmp_path):
    file = allow_file(tmp_path, *(entry("account", name) for name in scanned.members))
    result = scanned.scan(allow=file, out=tmp_path / "answer")
    assert result.campaigns == () and not any(result.accounts["flagged"].to_pylist())
    (group,) = result.allowed_groups
    assert group.accounts == len(scanned.members) and group.p_value == scanned.result.campaigns[0].p_value
    assert [g["accounts"] for g in result.facts["allowed"]["groups"]] == [len(scanned.members)]
    assert "would be a campaign" in (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scope", ["organization", "payment"])
def test_scopes_of_the_account_table_cover_their_accounts(scanned, tmp_path, scope):
    table = pq.read_table(scanned.accounts).to_pylist()
    value = next(row[scope] for row in table if row["account"] == scanned.members[0])
    expected = {row["account"] for row in table if row[scope] == value}
    result = scanned.scan(allow=allow_file(tmp_path, entry(scope, value)))
    covered = {row["account"] for row in result.accounts.to_pylist() if row["allowed"]}
    assert covered == expected and len(covered) > 1
    assert not covered & set(result.campaigns[0].members)


def test_a_network_covers_accounts_all_of_whose_addresses_are_in_it(tmp_path):
    rng = random.Random(3)
    people = [
        *small_logs.exchanges("inside", ["a", "b"], rng, ip="198.51.100.7"),
        *small_logs.exchanges("roaming", ["a"], rng, ip="198.51.100.9"),
        *small_logs.exchanges("roaming", ["b"], rng, ip="203.0.113.9"),
        *small_logs.exchanges("outside", ["a"], rng, ip="203.0.113.10"),
        *small_logs.exchanges("six", ["a"], rng, ip="2001:db8::1"),
        *small_logs.exchanges("unknown", ["a"], rng),
    ]
    population = small_logs.population(people)

    def covered(network):
        names = AllowList("list", read_allow(allow_file(tmp_path, entry("network", network))), AT)(population)
        return {population.profiles.names[row] for row, name in enumerate(names) if name}

    assert covered("198.51.100.0/24") == {"inside"}
    assert covered("198.51.100.7/32") == {"inside"}
    assert covered("198.51.100.8/29") == set()
    assert covered("192.0.0.0/8") == set()
    assert covered("255.0.0.0/8") == set()
    assert covered("203.0.113.0/24") == {"outside"}


def test_keys_of_addresses_are_read_back():
    rng = random.Random(5)
    numbers = [0, 1, 2**32 - 1, *(rng.randrange(2**32) for _ in range(200))]
    column = pa.array([str(ipaddress.IPv4Address(n)) for n in numbers])
    out, network = np.zeros((2, len(numbers)), np.uint64)
    address_kernels.hash_addresses(*string_buffers(column), out, network)
    assert ipv4_of(out).tolist() == numbers
    assert ipv4_of(network).tolist() == [n & 0xFFFFFF00 for n in numbers]
    assert ipv4_of(np.array([0, 7, 2**64 - 1], np.uint64)).tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("since", "expires", "said"),
    [("2026-01-01", "2026-05-02", "expired on 2026-05-02"), ("2026-11-01", "2026-12-01", "begins on 2026-11-01")],
)
def test_an_entry_out_of_force_is_ignored_with_a_note(scanned, tmp_path, since, expires, said):
    head = f'reason = "r"\nwho = "w"\nsince = {since}\nexpires = {expires}\n'
    result = scanned.scan(allow=allow_file(tmp_path, entry("account", scanned.members[0], head)))
    assert result.campaigns[0].members == scanned.members
    assert any(said in note and scanned.members[0] in note for note in result.facts["notes"])
    assert result.facts["allowed"]["ignored"] == 1 and result.facts["allowed"]["entries"] == []


def test_an_entry_that_covers_much_is_remarked_upon(tmp_path):
    everyone = small_logs.population(small_logs.people(random.Random(1), 30))
    allow = AllowList("list", read_allow(allow_file(tmp_path, entry("network", "100.64.0.0/10"))), AT)
    covered = sum(name is not None for name in allow(everyone))
    assert covered > 3 and any(f"covers {covered} of 30 accounts" in note for note in allow.notes)


def test_an_entry_that_covers_nobody_is_remarked_upon(tmp_path):
    everyone = small_logs.population(small_logs.people(random.Random(1), 30))
    allow = AllowList("list", read_allow(allow_file(tmp_path, entry("account", "nobody"))), AT)
    assert not any(allow(everyone)) and any("covers no account of this log" in note for note in allow.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[allow]\n", "line 1"),
        ("allow = 3\n", "list of tables"),
        ("[[permit]]\n", "permit"),
        (entry("user_agent", "curl"), "entry 1: 'user_agent' is not one of account"),
        (entry("email_domain", "x.example"), "is not one of"),
        (entry("account", "a") + entry("account", " "), "'value': entry 2"),
        (entry("account", "a") + entry("account", "a"), "entry 2: 'account a' came before"),
        (entry("network", "10.0.0.1/24"), "10.0.0.1/24 is an address within 10.0.0.0/24; write that"),
        (entry("network", "10.0.0.0/6"), "is no network, as in"),
        (entry("network", "12.0.0.0/7"), "wider than /8"),
        (entry("network", "0.0.0.0/0"), "wider than /8"),
        (entry("network", "2001:db8::/32"), "has to be a /48, as in .*organization instead"),
        (entry("network", "2001:db8:7:1::/64"), "has to be a /48"),
        (entry("network", "2001:db8:7:1::/48"), "within 2001:db8:7::/48; write that"),
        (entry("network", "2001::/48"), "can't be told apart; allow the accounts"),
        (entry("account", "a", HEAD.replace("expires = 2026-08-01\n", "")), "'expires': entry 1: is required"),
        (entry("account", "a", HEAD.replace("2026-08-01", "2026-04-01")), "not after since"),
        (entry("account", "a", HEAD.replace("2026-08-01", "2036-08-01")), "more than 366 days"),
        (entry("account", "a", HEAD.replace("2026-08-01", '"next week"')), "'next week' is no date"),
        (entry("account", "a", HEAD.replace("2026-08-01", "7")), "no date"),
        (entry("account", "a", HEAD.replace('who = "ann"\n', "")), "'who': entry 1"),
        (entry("account", "a", HEAD + "until = 2026-08-01\n"), "'until': entry 1: is not known"),
    ],
)
def test_a_malformed_list_is_one_clear_error(tmp_path, text, said):
    file = allow_file(tmp_path, text)
    with pytest.raises(InputError, match=said) as caught:
        read_allow(file)
    assert str(file) in str(caught.value) and "\n" not in str(caught.value).strip()


def test_a_faulty_list_stops_a_scan_before_anything_is_written(scanned, tmp_path):
    with pytest.raises(InputError, match="nothere"):
        stillwatch.scan(scanned.log, allow=tmp_path / "nothere.toml", out=tmp_path / "answer")
    assert not (tmp_path / "answer").exists()


def test_scan_json_is_plain_json(scanned, tmp_path):
    scanned.scan(allow=allow_file(tmp_path, entry("account", scanned.members[0])), out=tmp_path / "answer")
    facts = json.loads((tmp_path / "answer" / "scan.json").read_text(encoding="utf-8"))
    assert facts["allowed"]["campaigns"] and facts["settings"]["allow"].endswith("allow.toml")
