"""The population: profiles beside what the customer database knows, as arrays that every signal reads.

Comes in: `Profiles` and, optionally, the account table. Goes out: `Population`; row i of each array is account i.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.profile import Profiles
from stillwatch.profile.cues import cue_sets
from stillwatch.profile.kernels import EMPTY, SAMPLE, SKETCH
from stillwatch.profile.layout import BEGINNING
from stillwatch.signals.customers import principals
from stillwatch.signals.kernels import sign_sums
from stillwatch.signals.memo import Memo

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
UNKNOWN = -1
AXES = 96  #: principal axes of content that are kept; later ones hold more chance than topic
LEAST_SAMPLED = 6  #: sampled prompts from which on an account's mean content says something of the account
LEAST_ALIKE = 8  #: accounts that all show one and the same prompt, from which on it stands in place of what was asked
CHUNK = 65_536  #: accounts whose vectors are copied at once
#: Coordinates of vectors are multiples of this: then sums of their products are exact in single precision, whatever the
#: order in which a machine adds them up.
GRID = 2.0**-11
_DAY = 86_400_000_000


@dataclass(frozen=True, eq=False)
class Population(Memo):
    """All accounts seen. Codes are >= 0, `UNKNOWN` where absent; times are microseconds since 1970, UTC."""

    profiles: Profiles
    principal: Ints  #: code of the customer: the organization, the firm that openly pays, or the account itself
    organization: Ints
    payment: Ints
    email_domain: Ints
    plan: Ints
    signup: Ints  #: `BEGINNING` where unknown
    closed: Ints  #: `BEGINNING` where open or unknown
    labels: dict[str, list[str]]  #: names of the codes of payment, email_domain and plan
    columns: frozenset[str]  #: exchange columns present, and account columns as "account.NAME"
    channels: frozenset[str] | None = None  #: channels that the analysis may use; None = all
    organizations: dict[str, int] = field(default_factory=dict)  #: name -> code in `organization`

    def __len__(self) -> int:
        return len(self.profiles)

    def uses(self, channel: str) -> bool:
        """Whether the analysis may use this channel."""
        return self.channels is None or channel in self.channels

    @cached_property
    def exchanges(self) -> Ints:
        """Exchanges per account."""
        return self.profiles.count("exchanges")

    @cached_property
    def prompts(self) -> Ints:
        """Exchanges per account whose prompt is known."""
        return np.asarray(self.profiles["prompts"])

    @cached_property
    def _centred(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """`content`, and the mean sign sketch that was taken from it, of unit length for one prompt."""
        profiles, sampled = self.profiles, self.sampled
        total = sign_sums(profiles["item_signs"], np.arange(len(self)), profiles["items"] != EMPTY)
        total *= (1 / (SKETCH**0.5 * np.maximum(sampled, 1))).astype(np.float32)[:, None]
        centre = on_grid(total.sum(axis=0, dtype=float) / max(int((sampled > 0).sum()), 1)).astype(np.float32)
        total -= centre
        on_grid(total, out=total)
        total[sampled == 0] = 0
        return total, centre

    @property
    def content(self) -> npt.NDArray[np.float32]:
        """Mean sign sketch of an account's sampled prompts less the population's mean, shape (accounts, bits).

        The dot product of two rows estimates the mean similarity of their prompts, in excess of any two accounts'.
        """
        return self._centred[0]

    @property
    def prompts_known(self) -> bool:
        """Whether the log tells what is asked."""
        return "prompt" in self.columns

    @property
    def centre(self) -> npt.NDArray[np.float32]:
        """The population's mean sign sketch, which was taken from `content`, shape (bits,)."""
        return self._centred[1]

    @property
    def meaning(self) -> npt.NDArray[np.float32]:
        """Mean sign sketch of an account's sampled prompts, of unit length for one prompt, shape (accounts, bits)."""
        content, centre = self._centred
        return np.where((self.sampled > 0)[:, None], content + centre, np.float32(0))

    @cached_property
    def topics(self) -> npt.NDArray[np.float32]:
        """`content` on its leading principal axes, shape (accounts, `AXES`), the last axis leading.

        What accounts ask, with less of the chance of which prompts are in the sample.
        """
        seen = np.flatnonzero(self.sampled >= LEAST_SAMPLED)
        if len(seen) <= AXES:
            return self.content
        parts = (self.content[seen[at : at + CHUNK]].astype(float) for at in range(0, len(seen), CHUNK))
        _, axes = np.linalg.eigh(sum(part.T @ part for part in parts))
        kept = axes[:, -AXES:]
        kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(AXES)])  # either direction is an axis
        return np.asarray(self.content @ on_grid(kept).astype(np.float32))

    @cached_property
    def self_similarity(self) -> Floats:
        """Mean similarity of two different sampled prompts, centred like `content`; NaN under two."""
        content, centre = self._centred
        n, level = self.sampled.astype(float), float(centre @ centre)
        along = (content @ centre).astype(float)
        squared = np.einsum("ij,ij->i", content, content).astype(float) + 2 * along + level
        with np.errstate(invalid="ignore", divide="ignore"):
            pairs = (squared * n - 1) / (n - 1)
            return np.where(n > 1, pairs - 2 * along - level, np.nan)

    @cached_property
    def cue_rate(self) -> Floats:
        """Share of each account's sampled prompts with cues of each technique, shape (accounts, techniques)."""
        cues, n = self.profiles["item_cues"], np.maximum(self.sampled, 1)
        return np.stack([((cues >> np.uint32(bit)) & 1).sum(axis=1) / n for bit in range(len(cue_sets()))], axis=1)

    @cached_property
    def prompt_words(self) -> Floats:
        """Mean words of a sampled prompt; NaN without one."""
        words = self.profiles["item_words"].sum(axis=1)
        return np.where(self.sampled > 0, words / np.maximum(self.sampled, 1), np.nan)

    @cached_property
    def texts(self) -> pa.Table:
        """The prompts kept as evidence, settled once (`TEXT_SCHEMA` of the profiles)."""
        return self.profiles.texts

    @cached_property
    def sampled(self) -> Ints:
        """Distinct prompts in each account's sample; none where the log doesn't tell what is asked."""
        if not self.prompts_known:
            return np.zeros(len(self), np.int64)
        return np.asarray((self.profiles["items"] != EMPTY).sum(axis=1))

    @cached_property
    def distinct(self) -> Floats:
        """Distinct prompts per account: exact up to the sample's size, then the KMV estimate (k - 1) / max."""
        largest = self.profiles["items"][:, SAMPLE - 1].astype(float) / 2.0**64
        return np.where(self.sampled < SAMPLE, self.sampled, (SAMPLE - 1) / np.maximum(largest, 1e-18))

    @cached_property
    def visible(self) -> Floats:
        """Share of an account's distinct prompts that its sample holds: those whose hash is below this fraction."""
        largest = self.profiles["items"][:, SAMPLE - 1].astype(float) / 2.0**64
        return np.where(self.sampled < SAMPLE, 1.0, largest)

    @cached_property
    def age_days(self) -> Floats:
        """Days from sign-up to the first exchange; NaN where unknown."""
        return np.where(self.signup > BEGINNING, (self.profiles["first"] - self.signup) / _DAY, np.nan)

    @cached_property
    def stratum(self) -> Ints:
        """Accounts are compared with accounts of like volume: powers of two of the number of exchanges."""
        return np.log2(np.maximum(self.exchanges, 1)).astype(np.int64)


def on_grid(values: npt.NDArray[np.floating], out: npt.NDArray[np.floating] | None = None) -> npt.NDArray[np.floating]:
    """The nearest multiples of `GRID`."""
    scaled: npt.NDArray[np.floating] = np.divide(values, GRID, out=out)
    np.rint(scaled, out=scaled)
    scaled *= GRID
    return scaled


def _untold(profiles: Profiles) -> bool:
    """Whether no prompt says anything: there is none, or the same one everywhere, as where a log was redacted."""
    items = profiles["items"]
    if (items[:, 1] != EMPTY).any():  # samples ascend, `EMPTY` last
        return False
    first = items[:, 0][items[:, 0] != EMPTY]
    return not len(first) or (len(first) >= LEAST_ALIKE and bool((first == first[0]).all()))


def build_population(
    profiles: Profiles, accounts: pa.Table | None = None, channels: frozenset[str] | None = None
) -> Population:
    """Join the account table (schema of `stillwatch.exchange`) to the profiles, for an analysis of these channels."""
    names = pa.array(profiles.names, pa.string())
    columns = set(profiles.present) - ({"prompt"} if _untold(profiles) else set())
    row = np.full(len(profiles), -1, np.int64)
    if accounts is not None:
        found = pc.index_in(names, accounts.column("account").combine_chunks())
        row = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        columns |= {f"account.{f}" for f in accounts.schema.names if accounts.column(f).null_count < accounts.num_rows}
    known = row >= 0
    labels: dict[str, list[str]] = {}

    def codes(name: str) -> Ints:
        out = np.full(len(profiles), UNKNOWN, np.int64)
        labels[name] = []
        if accounts is None or f"account.{name}" not in columns:
            return out
        encoded = accounts.column(name).combine_chunks().dictionary_encode()
        labels[name] = encoded.dictionary.to_pylist()
        values = encoded.indices.fill_null(UNKNOWN).to_numpy(zero_copy_only=False)
        out[known] = values[row[known]]
        return out

    def times(name: str) -> Ints:
        out = np.full(len(profiles), BEGINNING, np.int64)
        if accounts is None or f"account.{name}" not in columns:
            return out
        values = accounts.column(name).cast(pa.int64()).fill_null(int(BEGINNING)).to_numpy()
        out[known] = values[row[known]]
        return out

    organization = codes("organization")
    given = dict(enumerate(labels.pop("organization")))
    by_name = {name: code for code, name in given.items()}
    for account, name in sorted(profiles.organizations.items()):
        if organization[account] == UNKNOWN:
            organization[account] = by_name.setdefault(name, len(by_name))
    payment, email_domain = codes("payment"), codes("email_domain")
    return Population(
        profiles=profiles,
        principal=principals(organization, payment, email_domain),
        organization=organization,
        payment=payment,
        email_domain=email_domain,
        plan=codes("plan"),
        signup=times("signup_time"),
        closed=times("closed_time"),
        labels=labels,
        columns=frozenset(columns),
        channels=channels,
        organizations=by_name,
    )
