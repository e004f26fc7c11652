"""A world under construction: its customers, their habits, and everything they send.

Habits (plan, card, mail, age, client, parameters, addresses) of customers are drawn by *style* of use; attackers take
theirs from customers (see `habits`), so that they give nobody away.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stillwatch.range.customer import Customer, Sent, Use
from stillwatch.range.habits import Habits
from stillwatch.range.network import Client, Network
from stillwatch.range.pool import PromptPool
from stillwatch.range.schedule import DAY, HOUR, Clock, Ints, Style
from stillwatch.range.spec import WorldSpec

START = 1_772_409_600_000_000  #: 2026-03-02 00:00 UTC, a Monday
OLD_MODELS = ("meridian-3", "meridian-3-mini")
NEW_MODEL = "meridian-4"

_PLANS: dict[Use, tuple[tuple[str, float], ...]] = {
    "person": (("free", 0.45), ("plus", 0.4), ("payg", 0.15)),
    "developer": (("free", 0.2), ("plus", 0.2), ("payg", 0.55), ("team", 0.05)),
    "service": (("payg", 0.7), ("team", 0.2), ("enterprise", 0.1)),
}
_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me", "qq.com", "hotmail.com", "gmx.net")
_MAIL_WEIGHT = np.array([0.5, 0.16, 0.08, 0.08, 0.05, 0.05, 0.05, 0.03])
_SPARE_DISPOSABLE = ("mailinator.com", "yopmail.com", "guerrillamail.com", "temp-mail.org", "10minutemail.com")
_COUNTRIES = ("US", "IN", "DE", "BR", "GB", "FR", "NG", "ID", "PL", "JP", "KE", "MX", "TR", "VN", "ES", "CA")


class Town:
    """Opens accounts and records what they send. All randomness comes from the spec's seed."""

    def __init__(self, spec: WorldSpec, pool: PromptPool, folder: Path | None) -> None:
        self.spec = spec
        self.pool = pool
        self.rng = np.random.default_rng(spec.seed)
        self.dice = random.Random(spec.seed * 7919 + 11)
        self.clock = Clock.load(folder, self.rng)
        self.network = Network(folder, self.rng)
        self.first = START
        self.last = START + spec.days * DAY
        self.release = START + int(spec.days * self.rng.uniform(0.45, 0.7) * DAY)
        self.customers: list[Customer] = []
        self.sent: list[Sent] = []
        self._serial = 0
        self._habits: Habits | None = None
        self._households: list[tuple[str, str]] = []
        mail = folder / "infra" / "disposable_email_domains.txt" if folder else None
        known = mail.read_text(encoding="utf-8").split() if mail and mail.is_file() else list(_SPARE_DISPOSABLE)
        self._disposable = [known[int(at)] for at in self.rng.integers(0, len(known), 60)]

    # -- habits ----------------------------------------------------------------------------------------------------

    def token(self, prefix: str) -> str:
        """A new opaque identifier."""
        self._serial += 1
        return f"{prefix}_{self.dice.getrandbits(52):013x}"

    def volumes(self, count: int, total: float, spread: float = 0.95) -> Ints:
        """`count` request counts that add up to about `total`, lognormal with the given spread, each at least 1."""
        if count <= 0:
            return np.empty(0, dtype=np.int64)
        weight = self.rng.lognormal(0.0, spread, count)
        drawn = self.rng.poisson(np.maximum(0.2, total * weight / weight.sum()))
        return np.asarray(np.maximum(1, drawn), dtype=np.int64)

    def use(self) -> Use:
        """A style of use, as the whole population mixes them."""
        return self.dice.choices(("person", "developer", "service"), (0.58, 0.2, 0.22))[0]

    def mail(self, use: Use) -> str:
        """A mail domain: mostly big providers, sometimes an own or a throw-away one."""
        draw = self.dice.random()
        if draw < 0.05:
            return self.dice.choice(self._disposable)
        if draw < {"person": 0.1, "developer": 0.3, "service": 0.55}[use]:
            return self.own_domain()
        return str(self.rng.choice(_MAIL, p=_MAIL_WEIGHT))

    @property
    def big_mail(self) -> tuple[str, ...]:
        """The mail providers that everybody uses."""
        return _MAIL

    def country(self) -> str:
        """Where an account says it is."""
        return self.dice.choice(_COUNTRIES)

    def own_domain(self) -> str:
        """A new mail domain of one's own."""
        return f"{self.dice.getrandbits(28):07x}.{self.dice.choice(('com', 'io', 'org', 'net', 'co', 'dev', 'de'))}"

    def age(self) -> int:
        """Microseconds since sign-up at the world's start; negative for those that join while it runs."""
        draw = self.rng.random()
        if draw < 0.22:
            return -int(self.rng.uniform(0, 0.8 * (self.last - self.first)))
        if draw < 0.5:
            return int(self.rng.uniform(0, 45) * DAY)
        return int(self.rng.exponential(240) * DAY)

    def card(self) -> str:
        """A means of payment of one's own."""
        return self.token("pm")

    def places(self, use: Use) -> tuple[str, ...]:
        """One customer's addresses: homes, mobile gateways, VPN exits, machines."""
        draw, network = self.dice.random, self.network
        if use == "service":
            if draw() < 0.25:
                return (network.home(),)
            return tuple(network.machines(1 + min(6, int(self.rng.exponential(1.3)))))
        found = [network.home()]
        if draw() < (0.45 if use == "person" else 0.25):
            found.append(network.carrier())
        if draw() < 0.12:
            found.append(network.vpn())
        if use == "developer" and draw() < 0.35:
            found += network.machines(1)
        return tuple(found) if draw() < 0.8 or len(found) == 1 else tuple(found[1:])

    def parameters(self, use: Use) -> tuple[float | None, int | None]:
        """Temperature and output limit."""
        if use == "person":
            return None, None
        temperature = self.dice.choices((None, 0.0, 0.2, 0.3, 0.5, 0.7, 0.8, 1.0), (30, 18, 8, 6, 5, 18, 5, 10))[0]
        return temperature, self.dice.choices((None, 256, 512, 1024, 2048, 4096, 8192), (30, 6, 10, 18, 16, 14, 6))[0]

    # -- accounts --------------------------------------------------------------------------------------------------

    def open(
        self,
        kind: str,
        use: Use,
        *,
        campaign: str | None = None,
        malicious: bool = False,
        organization: str | None = None,
        payment: str | None = None,
        places: tuple[str, ...] | None = None,
        client: Client | None = None,
        plan: str | None = None,
        mail: str | None = None,
        signup: int | None = None,
        closed: int | None = None,
        adopts: int | None = None,
        zone: int | None = None,
        like: Customer | None = None,
    ) -> Customer:
        """Open an account; what is not given is as the customer it is like, or drawn by the habits of its use."""
        dice = self.dice
        if like is not None:
            plan, zone = plan or like.plan, like.zone if zone is None else zone
        if plan is None:
            names, weights = zip(*_PLANS[use], strict=True)
            plan = dice.choices(names, weights)[0]
        own = places is None
        spot = self.places(use) if places is None else places
        if like is not None:
            payment = payment if like.payment else None
        elif plan == "free" and dice.random() < 0.8:
            payment = None  # a card on file is of no use on the free plan
        elif payment is None:
            payment = self.card()
            if own and use == "person":
                if self._households and dice.random() < 0.12:  # a relative, at the same address with the same card
                    home, payment = dice.choice(self._households[-40:])
                    spot = (home, *spot[1:])
                else:
                    self._households.append((spot[0], payment))
        if signup is None:
            signup = self.first - self.age()
        signup = min(signup, self.last - DAY)
        if like is not None:
            organization = self.token("org") if like.organization else None
            if like.email_domain in _MAIL:
                mail = like.email_domain
            elif mail is None:
                mail = self.own_domain() if dice.random() < 0.85 else dice.choice(self._disposable)
        elif organization is None and dice.random() < {"person": 0.12, "developer": 0.5, "service": 0.88}[use]:
            organization = self.token("org")
        if closed is None and like is not None:
            closed = like.closed
        elif closed is None and dice.random() < 0.05:
            closed = int(self.rng.uniform(max(signup, self.first) + DAY, self.last + DAY))
        if adopts is None and dice.random() < 0.35:
            adopts = self.release + int(self.rng.exponential(2.5) * DAY)
        temperature, max_tokens = (like.temperature, like.max_tokens) if like else self.parameters(use)
        web = dice.random() < {"person": 0.85, "developer": 0.25, "service": 0.03}[use]
        customer = Customer(
            number=len(self.customers),
            kind=kind,
            campaign=campaign,
            malicious=malicious,
            use=use,
            organization=organization,
            plan=plan,
            payment=payment,
            email_domain=mail or self.mail(use),
            signup=signup,
            closed=closed,
            country=self.country(),
            zone=int(self.rng.choice([-8, -5, -3, 0, 1, 2, 5, 8, 9])) if zone is None else zone,
            client=client or (like.client if like else None) or self.network.client("web" if web else "sdk"),
            places=spot,
            temperature=temperature,
            max_tokens=max_tokens,
            adopts=adopts,
            model=dice.choices(OLD_MODELS, (0.6, 0.4))[0],
            tools=like.tools
            if like
            else dice.choice((2, 4, 8))
            if dice.random() < {"person": 0.0, "developer": 0.25, "service": 0.15}[use]
            else 0,
        )
        self.customers.append(customer)
        return customer

    def stay(self, begin: int, end: int) -> tuple[int, int]:
        """The part of a period in which one account is active: three in four come later or leave earlier."""
        if self.dice.random() < 0.25:
            return begin, end
        length = int((end - begin) * self.rng.uniform(0.08, 1.0))
        begin += int(self.rng.uniform(0, end - begin - length))
        return begin, begin + length

    def habits(self) -> Habits:
        """The habits of the innocent customers, for attackers to imitate; all customers must have sent by then."""
        if self._habits is None:
            self._habits = Habits(self.sent)
        return self._habits

    def when(
        self,
        customer: Customer,
        count: int,
        first: int | None = None,
        last: int | None = None,
        style: Style | None = None,
    ) -> Ints:
        """`count` times at which the customer sends, within its life and the world's days."""
        begin = max(self.first if first is None else first, customer.signup)
        end = min(self.last if last is None else last, customer.closed or self.last)
        begin = min(begin, end - 2 * HOUR)
        if first is None and last is None:
            begin, end = self.stay(begin, end)
        return self.clock.arrivals(
            self.rng,
            count,
            max(begin, self.first),
            max(end, self.first + 2 * HOUR),
            style or customer.style,
            customer.zone,
        )

    def send(
        self,
        customer: Customer,
        times: Ints,
        prompts: Sequence[str],
        *,
        chain: Sequence[int] | None = None,
        system: str | Sequence[str | None] | None = None,
        tools: int = 0,
        verbosity: float = 1.0,
        refused: float | None = None,
        models: Sequence[str] | None = None,
        logprobs: bool = False,
        choices: int = 1,
        mission: bool = False,
    ) -> None:
        """Record requests. `chain` is each request's position in its conversation (0 opens a new one)."""
        count = min(len(times), len(prompts))
        if count == 0:
            return
        times, prompts, rng = times[:count], prompts[:count], self.rng
        position = np.zeros(count, dtype=np.int32) if chain is None else np.asarray(chain[:count], dtype=np.int32)
        web = customer.client.web
        names = [self.token("c") if web else None]
        if web:
            for at in position[1:]:
                names.append(self.token("c") if at == 0 else names[-1])
        else:
            names *= count
        systems = [system] * count if system is None or isinstance(system, str) else list(system[:count])
        tokens = self.clock.tokens[rng.integers(0, len(self.clock.tokens), count)]
        letters = np.array([len(p) + len(s or "") for p, s in zip(prompts, systems, strict=True)])
        answers = np.maximum(1, tokens[:, 1] * verbosity).astype(np.int64)
        if customer.max_tokens:
            answers = np.minimum(answers, customer.max_tokens)
        adopts = customer.adopts if customer.adopts is not None else self.last + DAY
        spots = customer.places
        weight = 0.6 ** np.arange(len(spots))
        where = np.sort(rng.choice(len(spots), count, p=weight / weight.sum()))
        if rng.random() < 0.7 and count > 1:  # mostly one place for a while, then another
            where = np.roll(where, int(rng.integers(count)))
        fate = rng.random(count)
        if refused is None:  # some people ask more delicate things than others
            refused = min(0.2, float(rng.exponential(0.014)))
        self.sent.append(
            Sent(
                customer=customer,
                times=times,
                prompts=prompts,
                turns=1 + 2 * position,
                conversations=names,
                systems=systems,
                models=list(models[:count])
                if models
                else [NEW_MODEL if t >= adopts else customer.model for t in times.tolist()],
                input_tokens=letters // 4 + 3 + position.astype(np.int64) * (answers + 30),
                output_tokens=answers,
                tools=tools or customer.tools,
                ips=[spots[at] for at in where.tolist()],
                statuses=[
                    "refused" if f < refused else "error" if f < refused + 0.015 else "ok" for f in fate.tolist()
                ],
                refused=refused,
                logprobs=logprobs,
                choices=choices,
                mission=mission,
            )
        )
