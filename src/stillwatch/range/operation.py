"""What every campaign has: a pool of accounts with some infrastructure, a work queue, and frames around the items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stillwatch.range import frames, grammar
from stillwatch.range.customer import Customer
from stillwatch.range.habits import Habit
from stillwatch.range.people import chat_chains
from stillwatch.range.schedule import DAY, HOUR
from stillwatch.range.town import Town


@dataclass(frozen=True, slots=True)
class Plant:
    """The infrastructure an operator chose: how much is shared, and what kind of addresses."""

    shared_cards: bool
    shared_machines: bool
    shared_client: bool
    bursts: bool
    addresses: str  #: machines, homes, vpn or mixed


@dataclass(slots=True)
class Operation:
    """One campaign while it is built: `accounts` to recruit and `per_account` requests for each, camouflage included.

    Every account imitates one innocent customer (see `habits`); what is the campaign's own is what it asks, what its
    accounts share, and when it runs.
    """

    town: Town
    name: str
    kind: str
    accounts: int
    per_account: float
    plant: Plant = field(init=False)
    _habits: dict[int, Habit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dice, reuse = self.town.dice, self.town.spec.reuse
        self.plant = Plant(
            shared_cards=dice.random() < 1.1 * reuse,
            shared_machines=dice.random() < 1.1 * reuse,
            shared_client=dice.random() < reuse,
            bursts=dice.random() < 1.2 * reuse,
            addresses=dice.choices(("machines", "homes", "vpn", "mixed"), (3, 4, 1, 3))[0],
        )

    def bare(self) -> None:
        """Share nothing at all."""
        self.plant = Plant(False, False, False, False, "homes")

    def recruit(
        self,
        count: int | None = None,
        *,
        first: int | None = None,
        last: int | None = None,
        before: int | None = None,
        closed: int | None = None,
        malicious: bool = True,
        most: float | None = None,
    ) -> list[Customer]:
        """Open or buy accounts that will be active within [first, last), and choose whom each imitates.

        `before` is the latest sign-up; `closed` when the provider shuts them, give or take; `most` the most requests
        of one account.
        """
        town, dice, plant = self.town, self.town.dice, self.plant
        count = self.accounts if count is None else count
        first = town.first if first is None else first
        last = town.last if last is None else last
        models = town.habits().draw(
            town.rng, count, self.per_account, first, last, before=before, most=most, jitter=town.spec.jitter
        )
        signups = self._signups(models, before)
        cards = self._shared(count, (3, 20)) if plant.shared_cards else [town.card() for _ in range(count)]
        clients = [dice.choice(models).customer.client for _ in range(dice.randint(2, 6))]
        domains = [town.own_domain() for _ in range(1 + count // 60)]  # catch-alls of their own
        machines = town.network.machines(max(2, count // dice.randint(3, 9)), subnets=max(1, count // 40))
        customers = []
        for at, model in enumerate(models):
            like = model.customer
            fitting = [client for client in clients if client.web == like.client.web]
            customer = town.open(
                self.kind,
                like.use,
                campaign=self.name if malicious else None,
                malicious=malicious,
                like=like,
                payment=cards[at],
                places=self._places(like, machines),
                client=dice.choice(fitting) if plant.shared_client and fitting and dice.random() < 0.5 else None,
                mail=dice.choice(domains) if dice.random() < 0.3 else None,
                signup=signups[at],
                closed=None if closed is None else closed + int(town.rng.uniform(-5, 5) * HOUR),
            )
            customers.append(customer)
            self._habits[customer.number] = model
        return customers

    def _signups(self, models: Sequence[Habit], before: int | None) -> list[int]:
        """The imitated customers' sign-ups; with bursts, three in five fall into batches of about six neighbours."""
        town = self.town
        signups = np.array([model.customer.signup for model in models])
        if self.plant.bursts:
            batched = np.flatnonzero(town.rng.random(len(models)) < 0.6)
            batched = batched[np.argsort(signups[batched], kind="stable")]
            for batch in np.array_split(batched, max(1, len(batched) // 6)):
                if len(batch):
                    opened = signups[batch[0]] + (town.rng.exponential(5, len(batch)) * HOUR).astype(np.int64)
                    signups[batch] = np.minimum(signups[batch], opened)
        latest = [int(model.times[0]) if before is None else min(before, int(model.times[0])) for model in models]
        return [int(signup) for signup in np.minimum(signups, latest)]

    def _shared(self, count: int, size: tuple[int, int]) -> list[str]:
        cards: list[str] = []
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
            return tuple(dice.sample(machines, min(count, len(machines))))
        if kind == "machines" and like.use == "service":
            return tuple(network.machines(count))
        return None

    # -- work ------------------------------------------------------------------------------------------------------

    def volume(self, customers: Sequence[Customer], first: int | None = None, last: int | None = None) -> int:
        """Requests that the accounts will make within [first, last), camouflage included."""
        return sum(len(self._window(customer, first, last).times) for customer in customers)

    def _window(self, customer: Customer, first: int | None, last: int | None) -> Habit:
        town = self.town
        return self._habits[customer.number].within(
            town.first if first is None else first, town.last if last is None else last
        )

    def work(
        self,
        customers: Sequence[Customer],
        items: Sequence[str],
        frame: frames.FrameSet | None,
        *,
        first: int | None = None,
        last: int | None = None,
        share: float = 1.0,
        verbosity: float = 1.3,
        model: str | None = None,
        tools: int = 0,
        refused: float | None = None,
    ) -> None:
        """Send disjoint items from the accounts, each inside a frame, at the times of the imitated customers.

        `share` of each account's requests is the campaign's, the rest innocent; the spec's camouflage lowers it. Items
        are handed out in order, some twice where the spec asks for overlap.
        """
        town, dice = self.town, self.town.dice
        abroad = frame
        if frame and town.spec.foreign:
            abroad = frames.draw(dice, frame.purpose, languages=frames.FRAME_LANGUAGES)
        share *= 1 - min(0.98, town.spec.camouflage)
        at = 0
        for customer in customers:
            habit = self._window(customer, first, last)
            if not len(habit.times):
                continue
            mission, rest = _split(habit, share, town.rng)
            hand = [items[(at + place) % len(items)] for place in range(len(mission.times))]
            at += len(hand)
            if town.spec.overlap:
                hand = [dice.choice(items) if dice.random() < town.spec.overlap else item for item in hand]
            if frame is None:
                prompts, systems = hand, None
            else:
                dressed = [
                    (abroad if abroad and dice.random() < town.spec.foreign else frame).dress(
                        dice, item, town.spec.paraphrase
                    )
                    for item in hand
                ]
                prompts, systems = [text for text, _ in dressed], [system for _, system in dressed]
            town.send(
                customer,
                mission.times,
                prompts,
                chain=mission.chain.tolist(),
                system=systems,
                verbosity=verbosity,
                models=[model] * len(hand) if model else mission.models.tolist(),
                tools=tools or habit.tools,
                refused=habit.refused if refused is None else refused,
                logprobs=habit.logprobs,
                choices=habit.choices,
                mission=True,
            )
            self.mix_in(customer, rest)

    def mix_in(self, customer: Customer, habit: Habit) -> None:
        """Innocent requests from the same account: a reseller's other customers, or camouflage."""
        count = len(habit.times)
        texts: list[str] = []
        chain: list[int] = []
        while len(texts) < count:
            more, positions = chat_chains(self.town, min(count - len(texts), self.town.dice.randint(2, 12)))
            texts += more
            chain += positions
        self.town.send(
            customer,
            habit.times,
            texts,
            chain=chain,
            models=habit.models.tolist(),
            refused=habit.refused,
            logprobs=habit.logprobs,
            choices=habit.choices,
            tools=habit.tools,
        )

    def habit(self, customer: Customer) -> Habit:
        """All that the customer imitates, cut to the window it was recruited for."""
        return self._habits[customer.number]

    def queue(self, *sources: str, size: int) -> list[str]:
        """Distinct items for the whole campaign from the sources (see `PromptPool.queue`)."""
        return self.town.pool.queue(self.town.dice, sources, max(1, size), fresh=self.town.dice.uniform(0.4, 1.0))

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


def _split(habit: Habit, share: float, rng: np.random.Generator) -> tuple[Habit, Habit]:
    """(`share` of the rows and at least one, the rest): whole conversations but for the one that is cut."""
    if share >= 1:
        return habit, habit.at(np.empty(0, dtype=np.int64))
    unit = np.cumsum(habit.chain == 0)
    rank = rng.permutation(int(unit[-1]) + 1)[unit]
    order = np.argsort(rank, kind="stable")
    kept = max(1, int(rng.binomial(len(order), share)))
    return habit.at(np.sort(order[:kept])), habit.at(np.sort(order[kept:]))
