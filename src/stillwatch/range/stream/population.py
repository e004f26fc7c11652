"""Who streams: one row an account, innocent customers first, then the campaigns' accounts.

Customers are opened in a `Town`, so their habits and what they share are those of a built world. Every account of a
campaign takes all of its habits from one customer, as in `range.habits`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.range.customer import Customer
from stillwatch.range.habits import tilt
from stillwatch.range.registry import BENIGN
from stillwatch.range.schedule import DAY, HOUR
from stillwatch.range.stream.kernels import Seeds, mix
from stillwatch.range.stream.recipes import RECIPES, Recipe
from stillwatch.range.stream.segments import CONCERNS
from stillwatch.range.stream.spec import Stream, StreamSpec
from stillwatch.range.town import Town

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STYLES = ("person", "office", "service", "nightly", "flat")
_TAIL = 1.6  #: beside a kind's own spread, how customers of a large provider differ (log scale)
_MOST_HUMAN = 300.0  #: requests a day
_OLD = {"meridian-3": 0, "meridian-3-mini": 1}


@dataclass(frozen=True, slots=True)
class Population:
    """Columns by account; times are microseconds since 1970. `texts` hold what is written to the account table.

    `frame_seed` and `word_seed` fix an account's wording and words: a company's keys have the same. `campaign` is the
    number of a campaign or -1, `like` the customer imitated or -1; `place_begin` and `places` index `addresses`.
    """

    numbers: dict[str, Ints]
    shares: dict[str, Floats]
    seed: Seeds
    frame_seed: Seeds
    word_seed: Seeds
    texts: dict[str, pa.Array]
    addresses: pa.Array
    address_of: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.seed)


@dataclass(slots=True)
class _Ledger:
    """Accounts while they are opened."""

    customers: list[Customer] = field(default_factory=list)
    recipe: list[int] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)


def settle(spec: StreamSpec, town: Town) -> Population:
    """Open every account. Takes about 30 microseconds an account."""
    ledger = _Ledger()
    weights = np.array([BENIGN[recipe.kind].share for recipe in RECIPES])
    wanted = np.maximum(1, np.round(weights / weights.sum() * spec.accounts)).astype(int)
    groups = 0
    for number, recipe in enumerate(RECIPES):
        for size in _sizes(recipe, int(wanted[number]), town):
            _open_group(recipe, number, groups, size, town, ledger)
            groups += 1
    return _columns(spec, town, ledger, _volumes(spec, town, ledger))


def _volumes(spec: StreamSpec, town: Town, ledger: _Ledger) -> Floats:
    """Requests to expect of each customer: lognormal within its kind, with the long tail of a large provider."""
    recipes = np.array(ledger.recipe)
    spread = np.hypot(np.array([recipe.spread for recipe in RECIPES]), _TAIL)[recipes]
    usual = np.array([BENIGN[recipe.kind].per_account for recipe in RECIPES])[recipes]
    volume = usual * np.exp(town.rng.normal(0, 1, len(recipes)) * spread - spread**2 / 2)
    human = np.array([customer.style != "service" for customer in ledger.customers])
    for _ in range(20):  # people have only so many hours
        volume *= spec.exchanges / volume.sum()
        volume[human] = np.minimum(volume[human], _MOST_HUMAN * spec.days)
    return np.asarray(volume)


def _sizes(recipe: Recipe, count: int, town: Town) -> Iterator[int]:
    weights = [weight for _, _, weight in recipe.group.sizes]
    while count > 0:
        least, most, _ = town.dice.choices(recipe.group.sizes, weights)[0]
        size = min(count, town.dice.randint(least, most))
        yield size
        count -= size


def _open_group(recipe: Recipe, number: int, group: int, size: int, town: Town, ledger: _Ledger) -> None:
    dice, network, shares = town.dice, town.network, recipe.group.shares
    organization = town.token("org") if "org" in shares else None
    payment = town.card() if "card" in shares else None
    client = network.client("sdk" if "org" in shares and "egress" not in shares else dice.choice(("sdk", "web", "web")))
    mail = town.own_domain() if "mail" in shares else None
    zone = dice.choice((-5, 0, 1, 2, 8)) if "zone" in shares else None
    began = town.first - int(town.rng.uniform(-1, 75) * DAY)
    home = network.home() if {"campus", "egress"} & shares else ""
    egress = network.machines(1)[0] if "egress" in shares and dice.random() < 0.4 else home
    machines = tuple(network.machines(6)) if "machines" in shares else None
    burst = 0
    if recipe.burst[1]:
        burst = town.first + int(town.rng.uniform(0, town.spec.days - 1) * DAY)
        burst = town.release if dice.random() < recipe.at_release else burst
    for _ in range(size):
        places = machines
        if "campus" in shares:
            places = (home, network.home())
        elif "egress" in shares:
            places = (egress,)
        customer = town.open(
            recipe.kind,
            dice.choice(recipe.uses),
            organization=organization,
            payment=payment,
            places=places,
            plan=recipe.group.plan,
            mail=mail,
            zone=zone,
            client=client if "client" in shares and ("egress" not in shares or dice.random() < 0.6) else None,
            signup=began + int(town.rng.exponential(10 if "campus" in shares else 400) * HOUR)
            if "signup" in shares
            else None,
        )
        begin, end = max(town.first, customer.signup), min(town.last, customer.closed or town.last)
        if burst:
            begin = min(max(begin, burst + int(town.rng.exponential(10) * HOUR)), end - 2 * HOUR)
            end = min(end, begin + int(town.rng.uniform(*recipe.burst) * HOUR))
        else:
            begin, end = town.stay(min(begin, end - 2 * HOUR), end)
        ledger.customers.append(customer)
        ledger.recipe.append(number)
        ledger.group.append(group)
        ledger.first.append(begin)
        ledger.last.append(max(end, begin + HOUR))
    town.customers.clear()


def _columns(spec: StreamSpec, town: Town, ledger: _Ledger, volume: Floats) -> Population:
    rng, customers = town.rng, ledger.customers
    count = len(customers)
    recipes = np.array(ledger.recipe)

    def each(pairs: list[tuple[float, float]]) -> Floats:
        low, high = np.array(pairs, dtype=float).T
        return np.asarray(low[recipes] + rng.random(count) * (high - low)[recipes])

    def of(get: list[float]) -> Floats:
        return np.asarray(np.array(get, dtype=float)[recipes])

    alternatives = np.array([max(1, len(recipe.about)) for recipe in RECIPES])[recipes]
    group = np.array(ledger.group, dtype=np.uint64)
    seed = mix(np.arange(count, dtype=np.uint64), 1000 + spec.seed)
    frame_seed = mix(group, 2000 + spec.seed)
    company = np.array([bool(recipe.frame or recipe.documents[1] or recipe.system == "product") for recipe in RECIPES])
    numbers: dict[str, Ints] = {
        "recipe": recipes.astype(np.int64),
        "campaign": np.full(count, -1, dtype=np.int64),
        "signup": np.array([c.signup for c in customers], dtype=np.int64),
        "closed": np.array([c.closed or -1 for c in customers], dtype=np.int64),
        "first": np.array(ledger.first, dtype=np.int64),
        "last": np.array(ledger.last, dtype=np.int64),
        "zone": np.array([c.zone for c in customers], dtype=np.int64),
        "style": np.array(
            [STYLES.index(RECIPES[r].style or c.style) for r, c in zip(ledger.recipe, customers, strict=True)]
        ),
        "curve": rng.integers(0, len(town.clock.curves), count),
        "web": np.array([c.client.web for c in customers], dtype=np.int64),
        "max_tokens": np.array([c.max_tokens or -1 for c in customers], dtype=np.int64),
        "tools": np.maximum([c.tools for c in customers], of([recipe.tools for recipe in RECIPES])).astype(np.int64),
        "adopts": np.array([c.adopts or -1 for c in customers], dtype=np.int64),
        "model": np.array([_OLD[c.model] for c in customers], dtype=np.int64),
        "logprobs": (recipes == _number("evaluation")) & (rng.random(count) < 0.15),
        "language": np.where(rng.random(count) < of([r.foreign for r in RECIPES]), rng.integers(0, 7, count), -1),
        "topics": each([(r.topics[0], r.topics[1] + 1) for r in RECIPES]).astype(np.int64),
        "alternative": (mix(frame_seed, 3) % alternatives.astype(np.uint64)).astype(np.int64),
        "places": np.array([len(c.places) for c in customers], dtype=np.int64),
    }
    at_release = (recipes == _number("evaluation")) & (np.abs(numbers["first"] - town.release) < 4 * DAY)
    numbers["adopts"] = np.where(at_release, town.release, numbers["adopts"])
    numbers["concern"] = (mix(np.where(company[recipes], frame_seed, seed), 4) % np.uint64(CONCERNS)).astype(np.int64)
    refused = of([-1.0 if recipe.refused is None else recipe.refused for recipe in RECIPES])
    shares: dict[str, Floats] = {
        "volume": volume,
        "temperature": np.array([np.nan if c.temperature is None else c.temperature for c in customers]),
        "care": each([recipe.care for recipe in RECIPES]),
        "follow": each([recipe.follow for recipe in RECIPES]),
        "fresh": each([recipe.fresh for recipe in RECIPES]),
        "refused": np.where(refused < 0, np.minimum(0.2, rng.exponential(0.014, count)), refused),
        "verbosity": of([recipe.verbosity for recipe in RECIPES]),
    }
    addresses: dict[str, int] = {}
    address_of = [addresses.setdefault(place, len(addresses)) for c in customers for place in c.places]
    texts = {
        "organization": pa.array([c.organization for c in customers], pa.string()),
        "plan": pa.array([c.plan for c in customers], pa.string()),
        "payment": pa.array([c.payment for c in customers], pa.string()),
        "email_domain": pa.array([c.email_domain for c in customers], pa.string()),
        "country": pa.array([c.country for c in customers], pa.string()),
        "user_agent": pa.array([c.client.user_agent for c in customers], pa.string()),
        "tls_fingerprint": pa.array([c.client.ja4 for c in customers], pa.string()),
        "kind": pa.array([c.kind for c in customers], pa.string()),
    }
    word_seed = np.where(company[recipes], frame_seed, seed)
    innocent = Population(numbers, shares, seed, frame_seed, word_seed, texts, pa.nulls(0), np.empty(0, np.int32))
    return _recruit(spec, town, innocent, addresses, address_of)


def _number(kind: str) -> int:
    return next(at for at, recipe in enumerate(RECIPES) if recipe.kind == kind)


def _recruit(
    spec: StreamSpec, town: Town, innocent: Population, addresses: dict[str, int], address_of: list[int]
) -> Population:
    """The innocent and, behind them, the campaigns' accounts."""
    rng, people = town.rng, len(innocent)
    volume = innocent.shares["volume"]
    most = np.quantile(volume, 0.999)
    usable = np.flatnonzero((volume <= most) & (volume >= 1))
    rows, owns, volumes, numbers_of = [np.arange(people)], [], [volume], [np.full(people, -1)]
    for number, one in enumerate(spec.campaigns):
        wanted = one.exchanges / one.accounts
        weight, _ = tilt(volume[usable], wanted)
        like = usable[rng.choice(len(usable), one.accounts, p=weight)]
        rows.append(like)
        numbers_of.append(np.full(one.accounts, number))
        volumes.append(volume[like] * wanted / volume[like].mean())
        owns.append(_own(one, like, innocent, town))
        address_of += [addresses.setdefault(place, len(addresses)) for own in owns[-1].places for place in own]
    row, campaign = np.concatenate(rows), np.concatenate(numbers_of)
    numbers = {name: values[row] for name, values in innocent.numbers.items()}
    shares = {name: values[row] for name, values in innocent.shares.items()}
    texts = {name: values.take(pa.array(row)) for name, values in innocent.texts.items()}
    numbers["campaign"], shares["volume"] = campaign, np.concatenate(volumes)
    for name in ("organization", "payment", "email_domain", "country", "kind"):
        theirs = [value for own in owns for value in getattr(own, name)]
        texts[name] = pa.concat_arrays([texts[name][:people], pa.array(theirs, pa.string())])
    for number, one in enumerate(spec.campaigns):
        movers = np.flatnonzero(campaign == number)[: round(one.pivots * one.accounts)]
        numbers["adopts"][movers] = town.release + (rng.uniform(0, 1, len(movers)) * DAY).astype(np.int64)
        if one.innocent:  # unrelated customers' conversations
            numbers["recipe"][campaign == number] = _number("aggregator")
    numbers["signup"] = np.minimum(numbers["signup"], numbers["first"])
    seed = mix(np.arange(len(row), dtype=np.uint64), 1000 + spec.seed)
    lone = campaign >= 0
    frame_seed = np.where(lone, mix(campaign.astype(np.uint64), 5000 + spec.seed), innocent.frame_seed[row])
    return Population(
        numbers=numbers,
        shares=shares,
        seed=seed,
        frame_seed=frame_seed,
        word_seed=np.where(lone, seed, innocent.word_seed[row]),
        texts=texts,
        addresses=pa.array(list(addresses), pa.string()),
        address_of=np.array(address_of, dtype=np.int32),
    )


@dataclass(frozen=True, slots=True)
class _Own:
    """What a campaign's accounts don't have from the customers they imitate."""

    organization: list[str | None]
    payment: list[str | None]
    email_domain: list[str]
    country: list[str]
    kind: list[str]
    places: list[tuple[str, ...]]


def _own(one: Stream, like: Ints, innocent: Population, town: Town) -> _Own:
    dice, network = town.dice, town.network
    texts = {
        name: innocent.texts[name].take(pa.array(like)).to_pylist()
        for name in ("organization", "payment", "email_domain")
    }
    cards: list[str] = []
    while len(cards) < len(like):
        cards += [town.card()] * dice.randint(*one.cards)
    dice.shuffle(cards)
    domains = [town.own_domain() for _ in range(1 + len(like) // 60)]
    machines = (
        network.machines(max(2, len(like) // one.machines), subnets=max(1, len(like) // 250)) if one.machines else []
    )
    places: list[tuple[str, ...]] = []
    for count in innocent.numbers["places"][like].tolist():
        if machines and dice.random() < 0.6:
            places.append(tuple(dice.choice(machines) for _ in range(count)))
        elif dice.random() < 0.7:
            places.append(tuple(network.someone_elses_home() for _ in range(count)))
        else:
            places.append(tuple(network.vpn() if dice.random() < 0.3 else network.home() for _ in range(count)))
    return _Own(
        organization=[town.token("org") if name else None for name in texts["organization"]],
        payment=[card if had else None for card, had in zip(cards, texts["payment"], strict=False)],
        email_domain=[
            domain if domain in town.big_mail else dice.choice(domains) if dice.random() < 0.3 else town.own_domain()
            for domain in texts["email_domain"]
        ],
        country=[town.country() for _ in like],
        kind=[one.kind] * len(like),
        places=places,
    )
