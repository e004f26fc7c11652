"""What the kernels of `stillwatch.profile` compute, in plain Python: slow, obvious, and the judge of what is right.

A log is a list of dicts, one per exchange, keyed as the canonical record. `profile` gives the profile of each account.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.linalg import hadamard

from stillwatch.profile import COUNTS, Profiles
from stillwatch.profile.cues import cue_sets
from stillwatch.profile.layout import LAYOUT

MASK = 2**64 - 1
SEED, PRIME = 0xCBF29CE484222325, 0x100000001B3
MIX1, MIX2 = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53
SKETCH, SAMPLE, SHINGLES, RUN, SLOTS, TEXTS, READ, TEXT_BYTES = 256, 32, 12, 4, 8, 3, 65_536, 1200
HOUR = 3_600_000_000
EMPTY = MASK

Row = dict[str, Any]

# A word: ASCII letters and digits, bytes of two-byte characters from U+00C0 up. Else a character of three or four
# bytes, but for punctuation (U+0080 to U+00BF, U+2000 to U+207F, U+3000 to U+303F). What is left over separates.
_TOKEN = re.compile(
    rb"(?P<word>[A-Za-z0-9\x80-\xbf\xc3-\xdf]+)"
    rb"|(?P<mark>[\xc0-\xc2][\s\S]?|\xe2[\x80\x81][\s\S]?|\xe3\x80[\s\S]?)"
    rb"|(?P<wide>[\xe0-\xef][\s\S]{0,2}|[\xf0-\xff][\s\S]{0,3})"
)


def mix(h: int) -> int:
    h ^= h >> 33
    h = h * MIX1 & MASK
    h ^= h >> 33
    h = h * MIX2 & MASK
    return h ^ h >> 33


def fnv(values: Iterable[int], h: int = SEED) -> int:
    for value in values:
        h = (h ^ value) * PRIME & MASK
    return h


def tokens(text: bytes) -> list[bytes]:
    found = (match for match in _TOKEN.finditer(text[:READ]) if match.lastgroup != "mark")
    return [match[0].lower() if match.lastgroup == "word" else match[0] for match in found]


def step(h: int, word: int) -> int:
    h = (h ^ word) * MIX1 & MASK
    return h ^ h >> 32


def hash_word(word: bytes) -> int:
    """A word's hash: eight bytes at a time, the first lowest; a character that stands alone is read highest first."""
    if word[0] >= 0xE0:
        return step(SEED, int.from_bytes(word, "big"))
    h = SEED
    for j in range(0, len(word), 8):
        h = step(h, int.from_bytes(word[j : j + 8], "little"))
    return h


def hashes(words: Sequence[bytes]) -> tuple[list[int], list[int]]:
    """Hash of each word, and the same with every number alike."""
    exact = [hash_word(word) for word in words]
    return exact, [48 if word.isdigit() else h for word, h in zip(words, exact, strict=True)]


def hash_bytes(text: bytes) -> int:
    """Four lanes of eight bytes, then what is left over eight bytes and one byte at a time."""
    lanes = [SEED ^ len(text), MIX1, MIX2, PRIME]

    def take(lane: int, word: int) -> None:
        lanes[lane] = step(lanes[lane], word)

    whole = len(text) // 32 * 32
    for j in range(0, whole, 8):
        take(j // 8 % 4, int.from_bytes(text[j : j + 8], "little"))
    rest = whole + (len(text) - whole) // 8 * 8
    for j in range(whole, rest, 8):
        take(0, int.from_bytes(text[j : j + 8], "little"))
    lanes[1] = fnv(text[rest:], lanes[1])
    a, b, c, d = lanes
    return min(max(mix(mix(mix(mix(a) ^ b) ^ c) ^ d), 1), EMPTY - 1)


def sketch(text: bytes) -> list[int]:
    """Damped counts of words (twice) and pairs of words, in 64ths."""
    _, masked = hashes(tokens(text))
    counts = [0] * SKETCH
    for h in masked:
        counts[h % SKETCH] += 2 if h >> 40 & 1 else -2
    for left, right in pairwise(masked):
        pair = ((left * PRIME & MASK) ^ right) * MIX1 & MASK
        pair ^= pair >> 33
        counts[pair % SKETCH] += 1 if pair >> 40 & 1 else -1
    return [int(np.sign(count)) * int(np.rint(np.sqrt(np.float32(abs(count))) * np.float32(64))) for count in counts]


def signs(text: bytes) -> list[int]:
    """Sign bits of the sketch after a Walsh-Hadamard transform."""
    rotated = hadamard(SKETCH, np.int64) @ sketch(text)
    bits = sum(int(value > 0) << b for b, value in enumerate(rotated))
    return [bits >> 64 * w & MASK for w in range(SKETCH // 64)]


def shingles(text: bytes) -> list[int]:
    """Of the hashes of runs of four words (of all words where there are fewer), the smallest in each twelfth."""
    _, masked = hashes(tokens(text))
    width = min(RUN, len(masked))
    out = [0] * SHINGLES
    for t in range(len(masked) - width + 1 if masked else 0):
        h = fnv(masked[t : t + width])
        v = max(((h ^ h >> 33) * MIX1 & MASK) >> 32, 1)
        part = v * SHINGLES >> 32
        out[part] = min(v, out[part] or v)
    return out


@cache
def cues() -> list[set[tuple[bytes, ...]]]:
    """The cues of each technique, as words."""
    return [{tuple(tokens(cue.encode())) for cue in cue_set.cues} for cue_set in cue_sets()]


def cue_bits(text: bytes) -> int:
    """The techniques whose cues (runs of one to three words) are in the text."""
    words = tokens(text)
    runs = {tuple(words[t : t + width]) for width in (1, 2, 3) for t in range(len(words) - width + 1)}
    return sum(1 << bit for bit, wanted in enumerate(cues()) if wanted & runs)


def hash_address(text: bytes) -> tuple[int, int]:
    """Keys of an address and of its network; 0 = none."""
    if not text:
        return 0, 0
    lower = text.lower()
    octets = lower.removeprefix(b"::ffff:").split(b".")
    if len(octets) == 4 and all(re.fullmatch(rb"[0-9]{1,3}", octet) and int(octet) < 256 for octet in octets):
        address = int(ipaddress.IPv4Address(bytes(int(octet) for octet in octets)))
        return mix(1 << 32 | address), mix(1 << 32 | address >> 8 << 8)
    groups = lower.split(b":")
    return mix(fnv(lower)), mix(fnv(b":".join(groups[:3]) + b":")) if len(groups) > 3 else 0


def kept_text(text: bytes) -> bytes:
    return text[:TEXT_BYTES]


def profile(log: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Account -> everything a profile says of it, lists without their unused places."""
    accounts: dict[str, list[Row]] = {}
    for row in log:
        accounts.setdefault(row["account"], []).append(row)
    return {name: _account(rows) for name, rows in accounts.items()}


def _account(rows: list[Row]) -> dict[str, Any]:
    def known(name: str) -> list[Any]:
        return [row[name] for row in rows if row.get(name) is not None]

    def at_least(name: str, least: int) -> int:
        return sum(value >= least for value in known(name))

    prompts = [(row, text) for row in rows if (text := _bytes(row.get("prompt"))) is not None]
    times = [row["time"] for row in rows]
    temperature, max_tokens = ([float(value) for value in known(name)] for name in ("temperature", "max_tokens"))
    counts = {
        "exchanges": len(rows),
        "input_tokens": sum(known("input_tokens")),
        "input_known": len(known("input_tokens")),
        "output_tokens": sum(known("output_tokens")),
        "output_known": len(known("output_tokens")),
        "refused": known("status").count("refused"),
        "errors": known("status").count("error"),
        "status_known": len(known("status")),
        "tools": at_least("tools", 1),
        "tools_known": len(known("tools")),
        "logprobs": sum(known("logprobs")),
        "logprobs_known": len(known("logprobs")),
        "choices": at_least("choices", 2),
        "choices_known": len(known("choices")),
        "followups": at_least("turns", 2),
        "turns_known": len(known("turns")),
        "system": len(known("system")),
    }
    out: dict[str, Any] = {
        "counts": [counts[name] for name in COUNTS],
        "prompts": len(prompts),
        "first": min(times),
        "last": max(times),
        "hours": _ring(times, HOUR, 24),
        "buckets": _ring(times, 3 * HOUR, 256),
        "temperature_low": min(temperature, default=np.inf),
        "temperature_high": max(temperature, default=-np.inf),
        "max_tokens_low": min(max_tokens, default=np.inf),
        "max_tokens_high": max(max_tokens, default=-np.inf),
        "organization": min(known("organization"), default=None),
    }
    by_item: dict[int, list[tuple[int, int, bytes]]] = {}
    for row, text in prompts:
        model = _bytes(row.get("model"))
        entry = row["time"], 0 if model is None else hash_bytes(model), text
        by_item.setdefault(hash_bytes(text), []).append(entry)
    sample = sorted(by_item)[:SAMPLE]
    earliest = [min(by_item[item], key=lambda entry: entry[:2]) for item in sample]
    out["items"] = sample
    out["item_count"] = [len(by_item[item]) for item in sample]
    out["item_time"] = [time for time, _, _ in earliest]
    out["item_model"] = [model for _, model, _ in earliest]
    for name, rule in _OF_ITEMS.items():
        out[name] = [rule(text) for _, _, text in earliest]
    out["texts"] = {
        item: min(kept_text(text) for time, model, text in by_item[item] if (time, model) == entry[:2])
        for item, entry in list(zip(sample, earliest, strict=True))[:TEXTS]
    }
    addresses = [hash_address(_bytes(value) or b"") for value in known("ip")]
    values = {
        "ip": [address for address, _ in addresses],
        "network": [network for _, network in addresses],
        "system_prompt": [hash_bytes(_bytes(value) or b"") for value in known("system")],
    }
    for name in ("user_agent", "tls_fingerprint", "model"):
        values[name] = [hash_bytes(value.encode()) for value in known(name)]
    for name, keys in values.items():
        kept = sorted(Counter(key for key in keys if key).items())[:SLOTS]
        out[name], out[name + "_count"] = [key for key, _ in kept], [count for _, count in kept]
    names = {hash_bytes(value.encode()): value for name in _LABELLED for value in known(name)}
    out["labels"] = {key: names[key] for name in _LABELLED for key in out[name]}
    return out


_LABELLED = ("user_agent", "tls_fingerprint", "model")
_OF_ITEMS: dict[str, Callable[[bytes], Any]] = {
    "item_cues": cue_bits,
    "item_words": lambda text: len(tokens(text)),
    "item_signs": signs,
    "shingles": shingles,
}


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


def _ring(times: list[int], width: int, size: int) -> list[int]:
    counts = Counter(time // width % size for time in times)
    return [counts[place] for place in range(size)]


def read(profiles: Profiles) -> dict[str, dict[str, Any]]:
    """Profiles in the form of `profile`; unused places of lists must hold their empty value."""
    out: dict[str, dict[str, Any]] = {}
    texts = profiles.texts.to_pylist()
    for row, name in enumerate(profiles.names):
        account: dict[str, Any] = {column: profiles[column][row].tolist() for column in LAYOUT}
        for column, layout in LAYOUT.items():
            if layout.rule != "bottom-k":
                continue
            used = sum(key != EMPTY for key in account[column])
            for other in (column, *(o for o, c in LAYOUT.items() if c.rule == f"with {column}")):
                unused = profiles[other][row, used:]
                assert (unused == LAYOUT[other].empty).all(), other
                account[other] = account[other][:used]
        account["texts"] = {text["item"]: text["text"] for text in texts if text["account"] == row}
        account["organization"] = profiles.organizations.get(row)
        account["labels"] = {key: profiles.labels[key] for column in _LABELLED for key in account[column]}
        out[name] = account
    return out
