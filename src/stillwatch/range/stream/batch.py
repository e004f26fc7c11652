"""One slice of a streamed world as a table of canonical exchanges, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.range.schedule import DAY, Clock
from stillwatch.range.stream.hours import Rows
from stillwatch.range.stream.kernels import Seeds, hexadecimal, mix
from stillwatch.range.stream.population import Population
from stillwatch.range.stream.segments import Texts
from stillwatch.range.stream.wording import FRAMED, Wording, Writer
from stillwatch.range.town import NEW_MODEL, OLD_MODELS

Ints = npt.NDArray[np.int64]
_MODELS = pa.array([*OLD_MODELS, NEW_MODEL])
_STATUS = pa.array(["ok", "refused", "error"])
_CAMPAIGN_VERBOSITY = 1.3


def tokens(prefix: str, values: Seeds, digits: int) -> pa.StringArray:
    """Identifiers: the prefix and each value's lowest hexadecimal digits."""
    width = len(prefix) + digits
    out = np.empty(len(values) * width, dtype=np.uint8)
    hexadecimal(np.frombuffer(prefix.encode(), dtype=np.uint8), values, digits, out)
    offsets = np.arange(len(values) + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(out))


@dataclass(frozen=True, slots=True)
class Slice:
    """Canonical exchanges in order of time, and for each which account sent it and whether it is a campaign's."""

    table: pa.Table
    account: Ints
    mission: npt.NDArray[np.bool_]


class Scribe:
    """Turns rows into slices. `names` are the accounts' identifiers."""

    def __init__(self, texts: Texts, population: Population, writer: Writer, clock: Clock, names: pa.Array) -> None:
        self._texts, self._people, self._writer, self._clock, self._names = texts, population, writer, clock, names
        places = population.numbers["places"]
        self._begin = np.cumsum(places) - places

    def slice(self, rows: Rows, rng: np.random.Generator) -> Slice:
        """The exchanges of the rows."""
        people, account, count = self._people, rows.account, len(rows)
        numbers, shares = people.numbers, people.shares
        worded = self._writer.word(rows, rng)
        prompt, letters = self._prompts(worded)
        system, before = self._systems(worded)
        drawn = self._clock.tokens[rng.integers(0, len(self._clock.tokens), count), 1]
        verbosity = np.where(worded.mission, _CAMPAIGN_VERBOSITY, shares["verbosity"][account])
        answer = np.maximum(1, drawn * verbosity).astype(np.int64)
        limit = numbers["max_tokens"][account]
        answer = np.where(limit > 0, np.minimum(answer, limit), answer)
        adopts = numbers["adopts"][account]
        model = np.where((adopts > 0) & (rows.time >= adopts), 2, numbers["model"][account])
        unit = (mix(rows.conversation, 51) >> np.uint64(11)).astype(float) / 2**53
        place = (np.log(unit + 1e-12) / np.log(0.6)).astype(np.int64) % numbers["places"][account]
        fate = rng.random(count)
        refused = shares["refused"][account]
        status = np.where(fate < refused, 1, np.where(fate < refused + 0.015, 2, 0))
        who = pa.array(account)
        web = pa.array(numbers["web"][account] > 0)
        columns = {
            "exchange_id": tokens("x", mix(rng.integers(0, 2**63, count, dtype=np.uint64)), 15),
            "time": pa.array(rows.time),
            "account": self._names.take(who),
            "organization": people.texts["organization"].take(who),
            "model": _MODELS.take(pa.array(model)),
            "system": system,
            "prompt": prompt,
            "response": pa.nulls(count, pa.string()),
            "turns": pa.array(1 + 2 * rows.position),
            "conversation": pc.if_else(web, tokens("c_", rows.conversation, 13), pa.scalar(None, pa.string())),
            "input_tokens": pa.array((letters + before) // 4 + 3 + rows.position * (answer + 30)),
            "output_tokens": pa.array(answer),
            "temperature": pa.array(shares["temperature"][account].astype(np.float32), from_pandas=True),
            "max_tokens": pa.array(limit, mask=limit < 0),
            "choices": pa.array(np.ones(count, dtype=np.int32)),
            "logprobs": pa.array(numbers["logprobs"][account].astype(bool)),
            "tools": pa.array(numbers["tools"][account].astype(np.int32)),
            "ip": people.addresses.take(pa.array(people.address_of[self._begin[account] + place])),
            "user_agent": people.texts["user_agent"].take(who),
            "tls_fingerprint": people.texts["tls_fingerprint"].take(who),
            "status": _STATUS.take(pa.array(status)),
        }
        arrays = [columns[field.name].cast(field.type) for field in EXCHANGE_SCHEMA]
        return Slice(pa.Table.from_arrays(arrays, schema=EXCHANGE_SCHEMA), account, worded.mission)

    def _prompts(self, worded: Wording) -> tuple[pa.Array, Ints]:
        data, ends = self._texts.compose(
            worded.segments,
            FRAMED,
            worded.row_seed,
            worded.frame_seed,
            worded.word_seed,
            worded.concern,
            worded.flags,
        )
        return _strings(data, ends)

    def _systems(self, worded: Wording) -> tuple[pa.Array, Ints]:
        at = np.flatnonzero(worded.system >= 0)
        data, ends = self._texts.compose(
            worded.system[at, None],
            np.ones(1, dtype=np.bool_),
            worded.row_seed[at],
            worded.frame_seed[at],
            worded.word_seed[at],
            worded.concern[at],
            np.zeros(len(at), dtype=np.uint8),
        )
        found, lengths = _strings(data, ends)
        place = np.full(len(worded.system), -1, dtype=np.int64)
        place[at] = np.arange(len(at))
        letters = np.zeros(len(worded.system), dtype=np.int64)
        letters[at] = lengths
        return found.take(pa.array(place, mask=place < 0)), letters


def _strings(data: npt.NDArray[np.uint8], ends: npt.NDArray[np.int32]) -> tuple[pa.Array, Ints]:
    offsets = np.concatenate([np.zeros(1, dtype=np.int32), ends])
    made = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))
    return made, np.diff(offsets).astype(np.int64)


def closed_when_seen(closed: Ints, last: int) -> Ints:
    """Closing times that a customer database knows of soon after the world's end, else -1."""
    return np.where((closed > 0) & (closed < last + 3 * DAY), closed, -1)
