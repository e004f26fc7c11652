from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.range import WorldSpec, build_world
from stillwatch.range.pool import load_pool
from stillwatch.range.registry import BENIGN, CAMPAIGNS, load_kinds

DATA = Path(__file__).resolve().parents[2] / "../shared/data"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world")
    build_world(WorldSpec.of("demo"), out)
    return out


def test_tables_have_the_canonical_schemas(demo: Path) -> None:
    assert pq.read_schema(demo / "exchanges.parquet").equals(EXCHANGE_SCHEMA)
    assert pq.read_schema(demo / "accounts.parquet").equals(ACCOUNT_SCHEMA)


def test_exchanges_are_sorted_unique_and_inside_the_days(demo: Path) -> None:
    log = pq.read_table(demo / "exchanges.parquet")
    times = np.asarray(log["time"].cast("int64"))
    assert (np.diff(times) >= 0).all()
    assert times[-1] - times[0] <= 14 * 86_400_000_000
    assert pc.count_distinct(log["exchange_id"]).as_py() == len(log)
    assert log["prompt"].null_count == 0


def test_labels_and_accounts_cover_the_same_accounts(demo: Path) -> None:
    labels, accounts = pq.read_table(demo / "labels.parquet"), pq.read_table(demo / "accounts.parquet")
    assert sorted(labels["account"].to_pylist()) == sorted(accounts["account"].to_pylist())
    seen = set(pq.read_table(demo / "exchanges.parquet", columns=["account"])["account"].to_pylist())
    assert seen <= set(labels["account"].to_pylist())


def test_only_attackers_carry_campaign_traffic(demo: Path) -> None:
    for row in pq.read_table(demo / "labels.parquet").to_pylist():
        assert row["malicious"] == (row["campaign"] is not None)
        assert row["malicious"] == (row["campaign_share"] > 0)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build_world(WorldSpec.of("demo", accounts=120, exchanges=1500, seed=seed), tmp_path / name)
    assert WorldSpec.of("standard").seed == 1
    for file in ("exchanges.parquet", "accounts.parquet", "labels.parquet", "world.json"):
        first = (tmp_path / "a" / file).read_bytes()
        assert first == (tmp_path / "b" / file).read_bytes()
        assert first != (tmp_path / "c" / file).read_bytes()


def test_a_quiet_world_has_no_attackers_and_every_benign_kind(tmp_path: Path) -> None:
    build_world(WorldSpec.of("quiet", accounts=500, exchanges=4000), tmp_path)
    facts = json.loads((tmp_path / "world.json").read_text())
    assert facts["attackers"] == 0
    assert set(facts["benign"]) == set(BENIGN)


def test_held_out_kinds_and_sources_stay_out(tmp_path: Path) -> None:
    spec = WorldSpec.of(
        "demo",
        accounts=400,
        exchanges=3000,
        campaigns=0,
        without_campaigns=("hydra", "spike"),
        without_benign=("judge", "chat"),
        without_sources=("math_word", "arena"),
    )
    build_world(spec, tmp_path)
    facts = json.loads((tmp_path / "world.json").read_text())
    found = {name.rsplit("-", 1)[0] for name in facts["campaigns"]}
    assert found <= {name for name, kind in CAMPAIGNS.items() if not kind.adaptive} - {"hydra", "spike"}
    assert len(found) > 3
    assert set(facts["benign"]) == set(BENIGN) - {"judge", "chat"}
    pool = load_pool(None, (), 1, ("math_word",))
    assert "math_word" not in pool.sources
    with pytest.raises(UsageError, match="every benign kind is left out"):
        build_world(WorldSpec.of("quiet", benign_kinds=("chat",), without_benign=("chat",)), tmp_path)
    with pytest.raises(UsageError, match="no campaign kind called nonsense"):
        build_world(WorldSpec.of("demo", sizes={"nonsense": 50}), tmp_path)


def test_one_per_cent_of_attackers_makes_fewer_campaigns_not_tinier_ones(tmp_path: Path) -> None:
    build_world(WorldSpec.of("standard", accounts=3000, exchanges=5000, attacker_share=0.01), tmp_path)
    facts = json.loads((tmp_path / "world.json").read_text())
    assert facts["attackers"] / facts["accounts"] == pytest.approx(0.01, abs=0.003)
    assert min(facts["campaigns"].values()) >= 25


def _campaign(world: Path) -> tuple[pa.Table, pa.Table]:
    """(exchanges, accounts) of the guilty, one row order."""
    labels = pq.read_table(world / "labels.parquet")
    guilty = labels.filter(labels["malicious"])["account"].combine_chunks()
    log, accounts = pq.read_table(world / "exchanges.parquet"), pq.read_table(world / "accounts.parquet")
    return log.filter(pc.is_in(log["account"], guilty)), accounts.filter(pc.is_in(accounts["account"], guilty))


@pytest.mark.parametrize("kind", ["plain_questions", "matched_content"])
def test_campaigns_that_share_nothing_never_ask_twice(kind: str, tmp_path: Path) -> None:
    build_world(WorldSpec.of("demo", campaign_kinds=(kind,), sizes={kind: 80}, accounts=300), tmp_path)
    log, accounts = _campaign(tmp_path)
    assert pc.count_distinct(log["prompt"]).as_py() > 0.99 * len(log)
    cards = accounts["payment"].drop_null()
    assert pc.count_distinct(cards).as_py() == len(cards)


def test_overlapping_campaigns_hand_items_to_two_or_three_accounts(tmp_path: Path) -> None:
    spec = WorldSpec.of("demo", campaign_kinds=("overlapping",), accounts=300, paraphrase=0.0, foreign=0.0)
    build_world(spec, tmp_path)
    log, _ = _campaign(tmp_path)
    assert 1.2 < len(log) / pc.count_distinct(log["prompt"]).as_py() < 3.2


def test_stolen_keys_serve_their_owners_first(tmp_path: Path) -> None:
    build_world(WorldSpec.of("demo", campaign_kinds=("stolen_keys",), accounts=300), tmp_path)
    rows = [row for row in pq.read_table(tmp_path / "labels.parquet").to_pylist() if row["malicious"]]
    assert all(0 < row["campaign_share"] <= 1 for row in rows)
    assert 0.2 < float(np.mean([row["campaign_share"] for row in rows])) < 0.9


def test_a_size_and_a_rate_asked_for_are_met(tmp_path: Path) -> None:
    spec = WorldSpec.of(
        "demo",
        accounts=300,
        exchanges=6000,
        campaign_kinds=("cot_bulk", "spike"),
        sizes={"cot_bulk": 20, "spike": 90},
        per_account={"cot_bulk": 1000, "spike": 4},
    )
    build_world(spec, tmp_path)
    facts = json.loads((tmp_path / "world.json").read_text())
    assert sorted(facts["campaigns"].values()) == [20, 90]
    log, _ = _campaign(tmp_path)
    assert len(log) == pytest.approx(20 * 1000 + 90 * 4, rel=0.35)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind) for kind in (load_kinds() or sorted(CAMPAIGNS))])
def test_every_campaign_kind_builds_alone(kind: str, tmp_path: Path) -> None:
    spec = WorldSpec.of(
        "demo", accounts=150, exchanges=1500, attacker_share=0.3, campaign_kinds=(kind,), benign_kinds=("chat",)
    )
    build_world(spec, tmp_path)
    facts = json.loads((tmp_path / "world.json").read_text())
    assert list(facts["campaigns"]) == [f"{kind}-1"]
    assert facts["attackers"] == pytest.approx(45, abs=2)


def test_the_demo_has_four_campaigns_of_like_size(tmp_path: Path) -> None:
    build_world(WorldSpec.of("demo", exchanges=3000), tmp_path)
    sizes = json.loads((tmp_path / "world.json").read_text())["campaigns"].values()
    assert len(sizes) == 4
    assert min(sizes) >= 50


def test_the_kinds_asked_for_by_the_design_are_there() -> None:
    assert len(BENIGN) >= 13
    assert len(CAMPAIGNS) >= 10
    assert all(kind.meaning for kind in (*BENIGN.values(), *CAMPAIGNS.values()))


def test_a_spike_sends_few_requests_in_two_days(tmp_path: Path) -> None:
    spec = WorldSpec.of("demo", campaign_kinds=("spike",), sizes={"spike": 120}, seed=1)
    build_world(spec, tmp_path)
    labels = pq.read_table(tmp_path / "labels.parquet")
    spike = labels.filter(pc.equal(labels["kind"], "spike"))["account"]
    log = pq.read_table(tmp_path / "exchanges.parquet", columns=["account", "time"])
    own = log.filter(pc.is_in(log["account"], spike.combine_chunks()))
    assert len(own) / len(spike) == pytest.approx(4, abs=1)
    times = np.asarray(own["time"].cast("int64"))
    assert (times.max() - times.min()) / 86_400e6 <= 2.05


def test_a_hydra_hides_most_of_its_traffic(tmp_path: Path) -> None:
    build_world(WorldSpec.of("demo", campaign_kinds=("hydra",)), tmp_path)
    rows = pq.read_table(tmp_path / "labels.parquet").to_pylist()
    shares = [row["campaign_share"] for row in rows if row["malicious"]]
    assert 0.15 < float(np.mean(shares)) < 0.6
    assert any(row["kind"] == "hydra" and not row["malicious"] for row in rows)


def test_camouflage_lowers_the_share_of_campaign_traffic(tmp_path: Path) -> None:
    build_world(WorldSpec.of("demo", campaign_kinds=("cot_bulk",), camouflage=0.8), tmp_path)
    rows = pq.read_table(tmp_path / "labels.parquet").to_pylist()
    assert float(np.mean([row["campaign_share"] for row in rows if row["malicious"]])) == pytest.approx(0.2, abs=0.08)


def test_innocent_people_share_addresses_and_cards(tmp_path: Path) -> None:
    build_world(WorldSpec.of("quiet", accounts=800, exchanges=6000), tmp_path)
    log = pq.read_table(tmp_path / "exchanges.parquet", columns=["account", "ip"])
    users = log.group_by("ip").aggregate([("account", "count_distinct")])["account_count_distinct"]
    assert pc.max(users).as_py() > 20
    cards = pq.read_table(tmp_path / "accounts.parquet").group_by("payment").aggregate([("account", "count")])
    assert sum(count > 1 for count in cards["account_count"].to_pylist()) > 10


@pytest.mark.parametrize(
    "knobs",
    [
        {"attacker_share": 1.5},
        {"reuse": -0.1},
        {"accounts": 3},
        {"rate": 0.0},
        {"days": 1},
        {"jitter": -1.0},
        {"foreign": 2.0},
    ],
)
def test_knobs_out_of_range_are_refused(knobs: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(knobs))):
        WorldSpec.of("standard", **knobs)


def test_unknown_presets_kinds_sources_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no preset"):
        WorldSpec.of("huge")
    with pytest.raises(UsageError, match="no campaign kind called nonsense"):
        build_world(WorldSpec.of("demo", campaign_kinds=("nonsense",)), tmp_path)
    with pytest.raises(InputError, match="no prompt set called nonsense"):
        build_world(WorldSpec.of("demo", sources=("nonsense",)), tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        build_world(WorldSpec.of("demo"), tmp_path, tmp_path / "nowhere")
    with pytest.raises(InputError, match="no prompt sets"):
        build_world(WorldSpec.of("demo"), tmp_path / "out", tmp_path)


@pytest.mark.skipif(not DATA.is_dir(), reason="the public prompt sets are not beside this checkout")
def test_a_world_of_public_prompts_builds(tmp_path: Path) -> None:
    build_world(WorldSpec.of("demo", accounts=200, exchanges=3000), tmp_path, DATA)
    facts = json.loads((tmp_path / "world.json").read_text())
    assert facts["prompts"] == "files"
    assert facts["exchanges"] == pytest.approx(3000, rel=0.35)
