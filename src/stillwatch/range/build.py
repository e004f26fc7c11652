"""Build a world: fill a town, then write it as tables with labels apart."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import InputError, UsageError
from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.range.cheapwin import CheapWins
from stillwatch.range.customer import Sent
from stillwatch.range.operation import Operation
from stillwatch.range.pool import load_pool
from stillwatch.range.registry import BENIGN, CAMPAIGNS, load_kinds
from stillwatch.range.schedule import DAY
from stillwatch.range.spec import WorldSpec
from stillwatch.range.town import Town

LABEL_SCHEMA = pa.schema(
    [
        pa.field("account", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("campaign", pa.string()),
        pa.field("malicious", pa.bool_()),
        pa.field("campaign_share", pa.float64()),
    ]
)
_LEAST = 25  #: accounts below which a group is no campaign worth the name
Progress = Callable[[str, float], None]  #: (what is being done, share done)


def build_world(spec: WorldSpec, out: Path, prompts: Path | None = None, progress: Progress | None = None) -> None:
    """Write OUT/exchanges.parquet, accounts.parquet, labels.parquet and world.json for the spec.

    `prompts` is a folder with `prompts/*.jsonl.gz` and, optionally, `traces/` and `infra/`; without it the range
    writes its own prompts. The same spec and folder give the same bytes.

    Raises `UsageError` for an unknown kind and `InputError` for a folder that can't be read.
    """
    load_kinds()
    tell = progress or (lambda _what, _share: None)
    if prompts is not None and not prompts.is_dir():
        raise InputError("no such folder; leave --prompts out to use the range's own prompts", file=str(prompts))
    tell("reading prompts", 0.0)
    town = Town(spec, load_pool(prompts, spec.sources, spec.seed, spec.without_sources), prompts)
    plan = _plan(spec, town)
    attackers = sum(accounts for _, accounts, _ in plan)
    heavy = sum(accounts * per_account for _, accounts, per_account in plan)
    _settle(spec, town, spec.accounts - attackers, max(spec.accounts - attackers, spec.exchanges - round(heavy)), tell)
    for number, (kind, accounts, per_account) in enumerate(plan):
        tell(f"campaign {kind}", 0.45 + 0.35 * number / len(plan))
        CAMPAIGNS[kind].build(Operation(town, f"{kind}-{number + 1}", kind, accounts, per_account))
    tell("writing", 0.8)
    out.mkdir(parents=True, exist_ok=True)
    facts = _write(town, out)
    facts = {"spec": spec.as_dict(), "prompts": "grammar" if prompts is None else "files", **facts}
    (out / "world.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    tell("done", 1.0)


def note_cheap_wins(world: Path, wins: CheapWins) -> None:
    """Keep the figures of the cheap-win check in WORLD/world.json."""
    path = world / "world.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["cheap_wins"] = wins.as_dict()
    path.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _settle(spec: WorldSpec, town: Town, accounts: int, exchanges: int, tell: Progress) -> None:
    kinds = _chosen(spec.benign_kinds, spec.without_benign, BENIGN, "benign kind")
    weights = np.array([spec.benign_mix.get(kind, BENIGN[kind].share) for kind in kinds])
    weights = weights / weights.sum()
    wanted = np.maximum(1, np.round(weights * accounts)).astype(int)
    volume = wanted * np.array([BENIGN[kind].per_account for kind in kinds])
    volume = volume * exchanges / volume.sum()
    for number, kind in enumerate(kinds):
        tell(f"customers: {kind}", 0.05 + 0.4 * number / len(kinds))
        BENIGN[kind].build(town, int(wanted[number]), max(int(wanted[number]), round(volume[number])))


def _plan(spec: WorldSpec, town: Town) -> list[tuple[str, int, float]]:
    """(kind, accounts, requests per account) of each campaign. Small shares get fewer campaigns, not tinier ones."""
    budget = round(spec.accounts * spec.attacker_share)
    if budget == 0:
        return []
    for named in (spec.sizes, spec.per_account):
        _known(named, CAMPAIGNS, "campaign kind")
    usual = tuple(name for name, kind in CAMPAIGNS.items() if not kind.adaptive)
    kinds = _chosen(spec.campaign_kinds or usual, spec.without_campaigns, CAMPAIGNS, "campaign kind")
    town.dice.shuffle(kinds)
    most = len(kinds) if spec.campaign_kinds else spec.campaigns or len(kinds)
    kinds = kinds[: max(1, min(most, budget // _LEAST))]
    left = budget - sum(spec.sizes.get(kind, 0) for kind in kinds)
    if left < 0:
        raise UsageError(f"the sizes given add up to more than the {budget} attackers that the share allows")
    free = [kind for kind in kinds if kind not in spec.sizes]
    shares = np.array([CAMPAIGNS[kind].share for kind in free]) * town.rng.lognormal(0, 0.25, len(free))
    shares = shares / max(shares.sum(), 1e-9)
    if spec.campaigns and free:
        shares = 0.65 / len(free) + 0.35 * shares
    sizes = dict(
        zip(free, np.maximum(_LEAST, np.round(left * shares / shares.sum())).astype(int).tolist(), strict=True)
    )
    scale = 0.8 * spec.rate * min(1.0, spec.exchanges / spec.accounts / 71)
    return [
        (
            kind,
            int(spec.sizes.get(kind, sizes.get(kind, 0))),
            spec.per_account.get(kind, _rate(CAMPAIGNS[kind].per_account, scale, town)),
        )
        for kind in sorted(kinds)
    ]


def _rate(usual: float, scale: float, town: Town) -> float:
    """Requests per account of one campaign: the usual ones of its kind, give or take; a spike stays a spike."""
    return max(4.0, usual * scale * float(town.rng.lognormal(0, 0.3))) if usual > 5 else usual


def _chosen(wanted: Iterable[str], without: Iterable[str], known: Mapping[str, object], what: str) -> list[str]:
    """Those wanted (all where none is named) but for those to leave out, in order."""
    _known(wanted, known, what)
    _known(without, known, what)
    left = sorted(set(wanted or known) - set(without))
    if not left:
        raise UsageError(f"every {what} is left out")
    return left


def _known(named: Iterable[str], known: Mapping[str, object], what: str) -> None:
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise UsageError(f"no {what} called {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _stamp(values: list[int | None]) -> pa.Array:
    return pa.array(values, pa.int64()).cast(ACCOUNT_SCHEMA.field("signup_time").type)


def _write(town: Town, out: Path) -> dict[str, object]:
    customers = town.customers
    draw = town.dice.getrandbits
    names = [f"acct_{draw(56):014x}" for _ in customers]
    times = np.concatenate([sent.times for sent in town.sent])
    order = np.argsort(times, kind="stable")
    place = np.concatenate([np.full(len(sent.times), at) for at, sent in enumerate(town.sent)])

    def flat(get: Callable[[Sent], object], kind: pa.DataType) -> pa.Array:
        return pa.concat_arrays([pa.array(get(sent), kind) for sent in town.sent]).take(pa.array(order))

    def each(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(pa.array(place[order]))

    kinds = {field.name: field.type for field in EXCHANGE_SCHEMA}
    owner = [sent.customer for sent in town.sent]
    count = len(times)
    columns: dict[str, pa.Array] = {
        "exchange_id": pa.array([f"x{draw(60):015x}" for _ in range(count)]),
        "time": pa.array(times[order]).cast(kinds["time"]),
        "account": each([names[c.number] for c in owner], pa.string()),
        "organization": each([c.organization for c in owner], pa.string()),
        "model": flat(lambda s: s.models, pa.string()),
        "system": flat(lambda s: s.systems, pa.string()),
        "prompt": flat(lambda s: list(s.prompts), pa.string()),
        "response": pa.nulls(count, pa.string()),
        "turns": flat(lambda s: s.turns, pa.int32()),
        "conversation": flat(lambda s: s.conversations, pa.string()),
        "input_tokens": flat(lambda s: s.input_tokens, pa.int64()),
        "output_tokens": flat(lambda s: s.output_tokens, pa.int64()),
        "temperature": each([c.temperature for c in owner], pa.float32()),
        "max_tokens": each([c.max_tokens for c in owner], pa.int64()),
        "choices": each([s.choices for s in town.sent], pa.int32()),
        "logprobs": each([s.logprobs for s in town.sent], pa.bool_()),
        "tools": each([s.tools for s in town.sent], pa.int32()),
        "ip": flat(lambda s: s.ips, pa.string()),
        "user_agent": each([c.client.user_agent for c in owner], pa.string()),
        "tls_fingerprint": each([c.client.ja4 for c in owner], pa.string()),
        "status": flat(lambda s: s.statuses, pa.string()),
    }
    table = pa.Table.from_arrays([columns[name] for name in EXCHANGE_SCHEMA.names], schema=EXCHANGE_SCHEMA)
    pq.write_table(table, out / "exchanges.parquet", compression="zstd", row_group_size=65_536)

    sent_all, sent_mission = np.zeros(len(customers)), np.zeros(len(customers))
    for sent in town.sent:
        sent_all[sent.customer.number] += len(sent.times)
        sent_mission[sent.customer.number] += len(sent.times) * sent.mission
    shuffled = np.argsort(names)
    rows = [customers[at] for at in shuffled]
    closed = [c.closed if c.closed is not None and c.closed < town.last + 3 * DAY else None for c in rows]
    accounts = pa.Table.from_arrays(
        [
            pa.array([names[at] for at in shuffled]),
            pa.array([c.organization for c in rows], pa.string()),
            pa.array([c.plan for c in rows]),
            pa.array([c.payment for c in rows], pa.string()),
            pa.array([c.email_domain for c in rows]),
            _stamp([c.signup for c in rows]),
            _stamp(closed),
            pa.array([c.country for c in rows]),
        ],
        schema=ACCOUNT_SCHEMA,
    )
    pq.write_table(accounts, out / "accounts.parquet", compression="zstd")
    share = [float(sent_mission[at] / sent_all[at]) if sent_all[at] else 0.0 for at in shuffled]
    labels = pa.Table.from_arrays(
        [
            pa.array([names[at] for at in shuffled]),
            pa.array([c.kind for c in rows]),
            pa.array([c.campaign for c in rows], pa.string()),
            pa.array([c.malicious for c in rows]),
            pa.array(share),
        ],
        schema=LABEL_SCHEMA,
    )
    pq.write_table(labels, out / "labels.parquet", compression="zstd")
    return {
        "exchanges": count,
        "accounts": len(customers),
        "attackers": sum(c.malicious for c in customers),
        "campaigns": dict(sorted(Counter(c.campaign for c in customers if c.campaign).items())),
        "benign": dict(sorted(Counter(c.kind for c in customers if not c.malicious).items())),
        "release": town.release,
    }
