"""What every campaign has: a pool of accounts with some infrastructure, a work queue, and frames around the items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stillwatch.range import frames, grammar
from stillwatch.range.customer import Customer, Model, Use
from stillwatch.range.people import chat_chains
from stillwatch.range.schedule import DAY, HOUR, SECOND, Ints, Style
from stillwatch.range.town import Town


@dataclass(frozen=True, slots=True)
class Plant:
    """The infrastructure an operator chose: how much is shared, and what kind of addresses."""

    shared_cards: bool
    shared_machines: bool
    shared_client: bool
    bursts: bool
    addresses: str  #: machines, homes, vpn or mixed
    uses: tuple[float, float, float]  #: weights of person, developer, service


@dataclass(slots=True)
class Operation:
    """One campaign while it is built: `accounts` to recruit and `per_account` requests for each."""

    town: Town
    name: str
    kind: str
    accounts: int
    per_account: float
    plant: Plant = field(init=False)
    _models: dict[int, Model] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dice, reuse = self.town.dice, self.town.spec.reuse
        weights = self.town.rng.dirichlet(8.0 * np.array([0.58, 0.2, 0.22]))
        self.plant = Plant(
            shared_cards=dice.random() < 1.1 * reuse,
            shared_machines=dice.random() < 1.1 * reuse,
            shared_client=dice.random() < reuse,
            bursts=dice.random() < 1.2 * reuse,
            addresses=dice.choices(("machines", "homes", "vpn", "mixed"), (3, 4, 1, 3))[0],
            uses=(float(weights[0]), float(weights[1]), float(weights[2])),
        )

    @property
    def requests(self) -> int:
        """Requests that the campaign makes in all."""
        return round(self.accounts * self.per_account)

    def bare(self) -> None:
        """Share nothing at all."""
        self.plant = Plant(False, False, False, False, "homes", self.plant.uses)

    def recruit(
        self,
        count: int | None = None,
        *,
        before: int | None = None,
        closed: int | None = None,
        malicious: bool = True,
        use: Use | None = None,
    ) -> list[Customer]:
        """Open or buy accounts. `before` is the latest sign-up; `closed` when the provider shuts them, give or take."""
        town, dice, plant = self.town, self.town.dice, self.plant
        count = self.accounts if count is None else count
        models = dice.choices([m for m in town.models() if use is None or m.customer.use == use], k=count)
        uses = [model.customer.use for model in models]
        cards = self._shared(count, (3, 20)) if plant.shared_cards else [None] * count
        clients = [dice.choice(models).customer.client for _ in range(dice.randint(2, 6))]
        domains = [town.own_domain() for _ in range(1 + count // 60)]  # catch-alls of their own
        machines = town.network.machines(max(2, count // dice.randint(3, 9)), subnets=max(1, count // 40))
        ages = [model.customer.signup for model in town.models()]
        batch = [dice.choice(ages) for _ in range(max(1, count // 6))]
        customers = []
        for at in range(count):
            signup = (
                dice.choice(batch) + int(town.rng.exponential(5) * HOUR)
                if plant.bursts and dice.random() < 0.6
                else dice.choice(ages)
            )
            if before is not None:
                signup = signup if signup < before else dice.choice([age for age in ages if age < before] or [before])
            own = uses[at]
            customers.append(
                town.open(
                    self.kind,
                    own,
                    campaign=self.name if malicious else None,
                    malicious=malicious,
                    like=models[at].customer,
                    payment=cards[at],
                    places=self._places(models[at].customer, machines),
                    client=dice.choice(clients) if plant.shared_client and dice.random() < 0.5 else None,
                    mail=dice.choice(domains) if dice.random() < 0.3 else None,
                    signup=signup,
                    needed=before,  # nobody buys an account that is closed by then
                    closed=None if closed is None else closed + int(town.rng.uniform(-5, 5) * HOUR),
                )
            )
            self._models[customers[-1].number] = models[at]
        return customers

    def _shared(self, count: int, size: tuple[int, int]) -> list[str | None]:
        cards: list[str | None] = []
        while len(cards) < count:
            cards += [self.town.card()] * self.town.dice.randint(*size)
        self.town.dice.shuffle(cards)
        return cards[:count]

    def _places(self, like: Customer, machines: Sequence[str]) -> tuple[str, ...] | None:
        """As many addresses as the imitated customer has, of the operator's kind."""
        dice, network, kind, count = self.town.dice, self.town.network, self.plant.addresses, len(like.places)
        if kind == "mixed":
            kind = dice.choice(("machines", "homes", "vpn", "own"))
        if kind == "homes":
            return tuple(network.someone_elses_home() for _ in range(count))
        if kind == "vpn":
            return tuple(network.vpn() for _ in range(count))
        if kind == "machines" and self.plant.shared_machines:
            return tuple(dice.choice(machines) for _ in range(count))
        if kind == "machines" and like.use == "service":
            return tuple(network.machines(count))
        return None

    # -- work ------------------------------------------------------------------------------------------------------

    def deal(self, customers: Sequence[Customer], items: Sequence[str]) -> list[list[str]]:
        """Hand out disjoint items, evenly or as the operator draws; some twice where overlap is asked for."""
        town = self.town
        if town.dice.random() < 0.12:
            volumes = town.volumes(len(customers), len(items), 0.65)
        else:  # as much as the customers they imitate, scaled to the queue
            like = np.array([len(self._models[customer.number].times) for customer in customers], dtype=float)
            volumes = np.maximum(1, town.rng.poisson(like * len(items) / like.sum())).astype(np.int64)
        hands, at = [], 0
        for volume in volumes.tolist():
            hand = list(items[at : at + volume])
            at += volume
            for position in range(len(hand)):
                if town.spec.overlap and town.dice.random() < town.spec.overlap:
                    hand[position] = items[town.dice.randrange(len(items))]
            hands.append(hand)
        return [hand or [town.dice.choice(items)] for hand in hands]

    def work(
        self,
        customers: Sequence[Customer],
        items: Sequence[str],
        frame: frames.FrameSet | None,
        *,
        first: int | None = None,
        last: int | None = None,
        style: Style | None = None,
        verbosity: float = 1.3,
        model: str | None = None,
        tools: int = 0,
        refused: float | None = None,
        hands: list[list[str]] | None = None,
        stays: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        """Send the items from the accounts, each inside a frame, mixed with camouflage where the spec asks for it."""
        town, dice = self.town, self.town.dice
        for at, (customer, hand) in enumerate(zip(customers, hands or self.deal(customers, items), strict=True)):
            if stays is None:
                times = self.times(customer, len(hand), first, last, style)
            else:
                times = town.when(customer, len(hand), *stays[at], style)
            if frame is None:
                prompts, systems = hand, None
            else:
                dressed = [frame.dress(dice, item, town.spec.paraphrase) for item in hand]
                prompts, systems = [text for text, _ in dressed], [system for _, system in dressed]
            chain = self.chain(customer, len(prompts))
            town.send(
                customer,
                times,
                prompts,
                chain=chain,
                system=systems,
                verbosity=verbosity,
                model=model,
                tools=tools,
                refused=refused,
                mission=True,
            )
            if town.spec.camouflage:
                share = min(0.98, town.spec.camouflage)
                self.mix_in(customer, round(len(hand) * share / (1 - share)))

    def chain(self, customer: Customer, count: int) -> list[int]:
        """Positions in conversations, as the imitated customer's: operators ask several items in one, too."""
        model = self._models.get(customer.number)
        if model is None:
            return [0] * count
        positions = np.resize(np.concatenate([[0], model.chain]), count + 1)[1:].tolist()
        return [0, *positions[1:]] if positions else []

    def mix_in(self, customer: Customer, count: int) -> None:
        """Innocent requests from the same account: a reseller's other customers, or camouflage."""
        if count <= 0:
            return
        texts: list[str] = []
        chain: list[int] = []
        while len(texts) < count:
            more, positions = chat_chains(self.town, min(count - len(texts), self.town.dice.randint(2, 12)))
            texts += more
            chain += positions
        self.town.send(customer, self.town.when(customer, count), texts, chain=chain)

    def queue(self, *sources: str, size: int | None = None) -> list[str]:
        """Distinct items for the whole campaign from the sources (see `PromptPool.queue`)."""
        return self.town.pool.queue(
            self.town.dice, sources, size or self.requests, fresh=self.town.dice.uniform(0.4, 1.0)
        )

    def frames(self, purpose: str, **knobs: object) -> frames.FrameSet:
        """The campaign's own wording for a purpose."""
        return frames.draw(self.town.dice, purpose, **knobs)  # type: ignore[arg-type]

    def period(self, shortest: float, longest: float) -> tuple[int, int]:
        """First and last moment of a campaign of so many days, cut to the world: it may begin before or go on after."""
        town = self.town
        length = town.rng.uniform(shortest, longest) * DAY
        if longest < 3:
            first = int(town.rng.uniform(town.first, max(town.first + 1, town.last - length)))
        else:  # the log shows a part of it
            length *= 1.7
            first = int(town.rng.uniform(town.first - 0.5 * length, town.last - 0.6 * length))
        return max(first, town.first), min(int(first + length), town.last)

    def answer(self) -> str:
        """An answer to be graded."""
        return grammar.answer(self.town.dice, self.town.dice.randint(1, 4))

    def times(self, customer: Customer, count: int, first: int | None, last: int | None, style: Style | None) -> Ints:
        """Times of one account: a run of the imitated customer's own, moved by whole days into the period.

        Where the customer has no such run (too few requests, or spread too wide), times are drawn by its day curve.
        """
        town, model = self.town, self._models[customer.number]
        begin = max(town.first if first is None else first, customer.signup)
        end = min(town.last if last is None else last, customer.closed or town.last)
        known = model.times
        if style is None and count <= len(known):
            run = town.dice.randint(count, min(len(known), 3 * count))
            starts = np.arange(len(known) - run + 1)
            days = np.arange(-town.spec.days, town.spec.days + 1)[:, None] * DAY
            fits = (known[starts] + days >= begin) & (known[starts + run - 1] + days < end)
            if fits.any():
                found = np.argwhere(fits)
                same = found[found[:, 0] == town.spec.days]  # no move at all, where that is possible
                day, start = (same if len(same) else found)[town.dice.randrange(len(same) or len(found))]
                picked = _whole_sessions(known[start : start + run], count, town.rng)
                jitter = town.rng.integers(-60, 60, count) * SECOND
                return np.sort(np.clip(known[start + picked] + days[day] + jitter, begin, end - 1))
        if first is not None and last is not None and last - first > 3 * DAY:
            first, last = town.stay(first, last)
        return town.when(customer, count, first, last, style)


def _whole_sessions(times: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Positions of `count` of the times: whole sessions drawn at random (the last one cut), so that pauses stay."""
    session = np.concatenate([[0], np.cumsum(np.diff(times) > HOUR // 2)])
    rank = rng.permutation(int(session[-1]) + 1)[session]
    return np.sort(np.argsort(rank, kind="stable")[:count])
