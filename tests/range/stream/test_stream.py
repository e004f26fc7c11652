# ruff: noqa: E501 - queries read best on one line each

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from stillwatch.cli import cli
from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.range import StreamSpec, stream_world
from stillwatch.range.build import LABEL_SCHEMA
from stillwatch.range.registry import BENIGN, load_kinds
from stillwatch.range.stream.recipes import RECIPES


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("streamed")
    stream_world(StreamSpec.of(accounts=2500, exchanges=150_000), out)
    return out


def ask(world: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of a query over e (exchanges), a (accounts) and l (labels)."""
    with duckdb.connect() as connection:
        for name, file in (("e", "exchanges"), ("a", "accounts"), ("l", "labels")):
            connection.execute(f"create view {name} as select * from '{world / file}.parquet'")
        return connection.execute(query).fetchall()


def test_tables_are_those_of_a_built_world(world: Path) -> None:
    assert pq.read_schema(world / "exchanges.parquet").equals(EXCHANGE_SCHEMA)
    assert pq.read_schema(world / "accounts.parquet").equals(ACCOUNT_SCHEMA)
    assert pq.read_schema(world / "labels.parquet").equals(LABEL_SCHEMA)
    log = pq.read_table(world / "exchanges.parquet", columns=["time", "exchange_id", "prompt"])
    times = np.asarray(log["time"].cast("int64"))
    assert (np.diff(times) >= 0).all()
    assert times[-1] - times[0] <= 14 * 86_400_000_000
    assert pc.count_distinct(log["exchange_id"]).as_py() == len(log)
    assert log["prompt"].null_count == 0
    assert pc.min(pc.utf8_length(log["prompt"])).as_py() >= 1
    log.validate(full=True)


def test_sizes_are_those_asked_for(world: Path) -> None:
    facts = json.loads((world / "world.json").read_text())
    assert facts["exchanges"] == pytest.approx(150_000, rel=0.1)
    assert facts["accounts"] == pytest.approx(2500, rel=0.02)
    assert facts["exchanges"] == pq.read_metadata(world / "exchanges.parquet").num_rows
    assert sum(facts["campaigns"].values()) == facts["attackers"]
    assert len(facts["campaigns"]) == 3


def test_every_account_sends_and_only_attackers_carry_campaign_traffic(world: Path) -> None:
    ((silent,),) = ask(world, "select count(*) from l where account not in (select account from e)")
    assert silent == 0
    for row in pq.read_table(world / "labels.parquet").to_pylist():
        assert row["malicious"] == (row["campaign"] is not None) == (row["campaign_share"] > 0)
    ((share,),) = ask(world, "select avg(campaign_share) from l where campaign = 'hydra-1'")
    assert share == pytest.approx(0.3, abs=0.06)
    ((others,),) = ask(world, "select min(campaign_share) from l where malicious and campaign <> 'hydra-1'")
    assert others == 1


def test_nobody_sends_before_sign_up_or_after_closing(world: Path) -> None:
    ((early,),) = ask(world, "select count(*) from e join a using (account) where time < signup_time")
    ((late,),) = ask(world, "select count(*) from e join a using (account) where time > closed_time + interval 1 hour")
    assert (early, late) == (0, 0)


def test_all_benign_kinds_are_there_and_have_recipes(world: Path) -> None:
    load_kinds()
    assert {recipe.kind for recipe in RECIPES} == set(BENIGN)
    assert set(json.loads((world / "world.json").read_text())["benign"]) >= set(BENIGN)


def test_the_innocent_share_addresses_cards_and_wording(world: Path) -> None:
    benign = "select account from l where not malicious"
    ((most,),) = ask(
        world, f"select max(n) from (select count(distinct account) n from e where account in ({benign}) group by ip)"
    )
    assert most > 20
    ((cards,),) = ask(
        world,
        f"select count(*) from (select payment from a where account in ({benign}) and payment is not null group by payment having count(*) > 1)",
    )
    assert cards > 20
    ((systems,),) = ask(
        world,
        f"select max(n) from (select count(distinct account) n from e where account in ({benign}) and system is not null group by system)",
    )
    assert systems > 20
    ((asked,),) = ask(
        world,
        "select max(n) from (select count(distinct organization) n from e join l using (account) where kind = 'evaluation' group by prompt)",
    )
    assert asked > 1  # benchmarks are the same for all


def test_attackers_come_from_other_peoples_homes(world: Path) -> None:
    ((shared,),) = ask(
        world,
        "select count(*) from (select ip from e join l using (account) group by ip having bool_or(malicious) and bool_or(not malicious))",
    )
    assert shared > 10


def test_campaigns_hardly_ask_twice_and_word_it_their_way(world: Path) -> None:
    ((rate,),) = ask(
        world,
        "select count(distinct prompt) / count(*) from e join l using (account) where campaign = 'trajectories-2'",
    )
    assert rate > 0.97
    ((openings,),) = ask(
        world,
        "select max(n) / sum(n) from (select count(*) n from e join l using (account) where campaign = 'trajectories-2' group by left(prompt, 18))",
    )
    assert openings > 0.1


def test_no_slot_is_left_open(world: Path) -> None:
    ((left,),) = ask(
        world,
        "select count(*) from e where regexp_matches(prompt, '[\\x01\\x02\\x03]') or prompt like '%[noun]%' or system like '%[town]%'",
    )
    assert left == 0


def test_threads_make_no_difference_and_seeds_do(tmp_path: Path) -> None:
    spec = StreamSpec.of(accounts=400, exchanges=3000)
    stream_world(spec, tmp_path / "one", threads=1)
    stream_world(spec, tmp_path / "two", threads=2)
    stream_world(StreamSpec.of(accounts=400, exchanges=3000, seed=2), tmp_path / "three")
    for file in ("exchanges.parquet", "accounts.parquet", "labels.parquet", "world.json"):
        first = (tmp_path / "one" / file).read_bytes()
        assert first == (tmp_path / "two" / file).read_bytes()
        assert first != (tmp_path / "three" / file).read_bytes()


def test_what_cannot_be_streamed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no streamed preset called 'huge'"):
        StreamSpec.of("huge")
    with pytest.raises(UsageError, match="scale must be above 0"):
        StreamSpec.of(scale=0)
    with pytest.raises(UsageError, match="at least 300 customers"):
        StreamSpec.of(accounts=50, exchanges=5000)
    with pytest.raises(UsageError, match="at least one exchange"):
        StreamSpec.of(accounts=5000, exchanges=50)
    with pytest.raises(InputError, match="no such folder"):
        stream_world(StreamSpec.of(accounts=400, exchanges=3000), tmp_path, tmp_path / "nowhere")


def test_the_headline_has_the_disclosed_size() -> None:
    spec = StreamSpec.of("headline")
    assert (spec.accounts, spec.exchanges) == (400_000, 48_000_000)
    assert sum(one.accounts for one in spec.campaigns) == 24_000
    assert sum(one.exchanges for one in spec.campaigns) == 16_000_000
    assert max((one.accounts, one.innocent) for one in spec.campaigns) == (20_000, 0.7)


def test_the_command_streams(tmp_path: Path) -> None:
    asked = ["--accounts", "400", "--exchanges", "3000", "--out", str(tmp_path), "--json"]
    made = CliRunner().invoke(cli, ["range", "stream", "--check", *asked])
    assert made.exit_code == 0, made.output
    facts = json.loads(made.stdout.strip().splitlines()[-1])
    assert facts["exchanges"] > 2000
    assert set(facts["cheap_wins"]["auc"]) == {"hydra", "pivot", "trajectories"}
    assert "stillwatch range stream" in CliRunner().invoke(cli, ["range", "stream", "--help"]).output
