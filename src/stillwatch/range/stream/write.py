"""Stream a world to Parquet: slices are made ahead on worker threads and written in order of time."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import InputError
from stillwatch.exchange import ACCOUNT_SCHEMA, EXCHANGE_SCHEMA
from stillwatch.range.build import LABEL_SCHEMA
from stillwatch.range.pool import load_pool
from stillwatch.range.registry import load_kinds
from stillwatch.range.spec import WorldSpec
from stillwatch.range.stream.batch import Scribe, Slice, closed_when_seen, tokens
from stillwatch.range.stream.hours import Calendar, join
from stillwatch.range.stream.kernels import mix
from stillwatch.range.stream.library import write_texts
from stillwatch.range.stream.population import Population, settle
from stillwatch.range.stream.spec import StreamSpec
from stillwatch.range.stream.wording import Writer
from stillwatch.range.town import Town

Ints = npt.NDArray[np.int64]
Progress = Callable[[str, float, int], None]  #: (what is being done, share done, exchanges written)

_SLICE = 150_000  #: exchanges of a slice, at least, where hours have fewer
_GROUP = 131_072  #: rows of a row group
_REPEATING = [
    "account", "organization", "model", "system", "turns", "temperature", "max_tokens", "choices", "logprobs", "tools",
    "ip", "user_agent", "tls_fingerprint", "status",
]  # fmt: skip


def stream_world(
    spec: StreamSpec,
    out: Path,
    prompts: Path | None = None,
    progress: Progress | None = None,
    *,
    threads: int = 2,
) -> None:
    """Write OUT/exchanges.parquet, accounts.parquet, labels.parquet and world.json, as `build_world` does.

    Memory is bounded by accounts (about 1 KB each) and by `threads` + 1 slices of some hundred megabytes. The same spec
    and folder give the same rows, whatever the number of threads.

    Raises `InputError` for a folder that can't be read.
    """
    load_kinds()
    tell = progress or (lambda _what, _share, _rows: None)
    if prompts is not None and not prompts.is_dir():
        raise InputError("no such folder; leave --prompts out to use the range's own prompts", file=str(prompts))
    tell("reading prompts", 0.0, 0)
    pool = load_pool(prompts, (), spec.seed)
    town = Town(WorldSpec.of("quiet", seed=spec.seed, days=spec.days), pool, prompts)
    texts = write_texts(pool, spec.seed, [one.purpose for one in spec.campaigns])
    tell("opening accounts", 0.0, 0)
    population = settle(spec, town)
    names = tokens("acct_", mix(population.seed, 61), 14)
    scribe = Scribe(texts, population, Writer(texts, population, spec.campaigns), town.clock, names)
    tell("laying out the days", 0.0, 0)
    calendar = Calendar(population, town.clock, town.first, spec.days)
    total = spec.exchanges + sum(one.exchanges for one in spec.campaigns)
    hours = spec.days * 24
    step = int(np.clip(np.ceil(_SLICE * hours / total), 1, 24))

    def make(first: int) -> Slice:
        rng = np.random.default_rng([spec.seed, first])
        rows = join([calendar.rows(hour, rng) for hour in range(first, min(first + step, hours))])
        return scribe.slice(rows, rng)

    out.mkdir(parents=True, exist_ok=True)
    sent = np.zeros(len(population), dtype=np.int64)
    mission = np.zeros(len(population), dtype=np.int64)
    file = out / "exchanges.parquet"
    unfinished = file.with_suffix(".unfinished")
    with pq.ParquetWriter(
        unfinished, EXCHANGE_SCHEMA, compression="zstd", compression_level=1, use_dictionary=_REPEATING
    ) as writer:
        for first, made in zip(range(0, hours, step), _ahead(make, range(0, hours, step), threads), strict=True):
            writer.write_table(made.table, row_group_size=_GROUP)
            sent += np.bincount(made.account, minlength=len(population))
            mission += np.bincount(made.account[made.mission], minlength=len(population))
            tell("streaming", min(1.0, (first + step) / hours), int(sent.sum()))
    unfinished.rename(file)
    _write_tables(spec, town, population, names, sent, mission, out)
    tell("done", 1.0, int(sent.sum()))


def _ahead(make: Callable[[int], Slice], jobs: range, threads: int) -> Iterator[Slice]:
    """Results in order, with `threads` of them under way."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Slice]] = deque()
        for job in jobs:
            waiting.append(pool.submit(make, job))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write_tables(
    spec: StreamSpec, town: Town, people: Population, names: pa.Array, sent: Ints, mission: Ints, out: Path
) -> None:
    order = pc.sort_indices(names)
    at = np.asarray(order, dtype=np.int64)
    closed = closed_when_seen(people.numbers["closed"], town.last)[at]
    campaign = np.where(mission > 0, people.numbers["campaign"], -1)[at]
    stamp = ACCOUNT_SCHEMA.field("signup_time").type
    columns = {
        "account": names.take(order),
        "signup_time": pa.array(people.numbers["signup"][at]).cast(stamp),
        "closed_time": pa.array(closed, mask=closed < 0).cast(stamp),
        **{
            name: people.texts[name].take(order)
            for name in ("organization", "plan", "payment", "email_domain", "country", "kind")
        },
        "campaign": pa.array([one.name for one in spec.campaigns], pa.string()).take(
            pa.array(campaign, mask=campaign < 0)
        ),
        "malicious": pa.array(campaign >= 0),
        "campaign_share": pa.array((mission / np.maximum(1, sent))[at]),
    }
    for file, schema in (("accounts.parquet", ACCOUNT_SCHEMA), ("labels.parquet", LABEL_SCHEMA)):
        table = pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)
        pq.write_table(table, out / file, compression="zstd")
    benign = columns["kind"].filter(pa.array(campaign < 0)).value_counts().to_pylist()
    facts = {
        "spec": spec.as_dict(),
        "exchanges": int(sent.sum()),
        "campaign_exchanges": int(mission.sum()),
        "accounts": len(people),
        "attackers": int((campaign >= 0).sum()),
        "campaigns": {one.name: int((campaign == number).sum()) for number, one in enumerate(spec.campaigns)},
        "benign": {
            str(pair["values"]): pair["counts"] for pair in sorted(benign, key=lambda pair: str(pair["values"]))
        },
        "release": town.release,
    }
    (out / "world.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
