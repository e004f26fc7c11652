"""Text from the log, made fit to show: personal data and secrets replaced, invisible characters made visible.

Comes in: a prompt, a frame or a name as the client sent it. Goes out: a short string that is safe to print. Used on
the few examples that evidence needs, never on whole logs. It errs towards replacing too much.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

ELLIPSIS = "…"

#: Joiners that Persian, Hindi and emoji need; harmless to the layout.
_JOINERS = frozenset("\u200c\u200d")
_HIDDEN = frozenset({"Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Longest thing that is replaced as one piece; a cut removes this much of a word it may have split.
_LONGEST = 512

_URL = re.compile(r"(?P<head>\bhttps?://)(?:[^\s/@?#]{1,128}@)?(?P<rest>[^\s?#]{0,2000})(?:[?#]\S*)?", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\s@<>()\[\],;:\"\\/?.]{1,63}\.){1,126}\w[\w-]{1,62}")
_KEYS = re.compile(
    r"""-----BEGIN[ ][A-Z ]{0,30}PRIVATE[ ]KEY-----[\s\S]{0,8000}?(?:-----END[ ][A-Z ]{0,30}-----|\Z)
    | \b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{12,}
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}
    | \beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?
    | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{16,}
    | \bxox[a-z]-[A-Za-z0-9-]{10,} | \bAIza[\w-]{30,} | \bhf_[A-Za-z0-9]{20,}
    | \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b
    | [0-9a-fA-F]{32,}
    | (?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{40,}={0,2}""",
    re.VERBOSE,
)
#: What every one of these has, and few texts do.
_KEY_LIKE = re.compile(r"-----BEGIN|\S{14}")
_SECRET = re.compile(r"(?i)\b(password|passwd|secret|token|api[_-]?key|bearer)(\s*[:=]\s*|\s+(?=\S*\d))(?!\[)\S{4,}")
_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])")
_NUMBER = re.compile(r"(?<![\w.])(?:\+|\()?\d(?:[ ().\-/]{0,2}\d){6,24}(?!\w)")
_ISO_DATE = re.compile(r"\d{4}[-/.]\d{2}[-/.]\d{2}(?:[ ]\d{2})?\Z")
_DECIMAL = re.compile(r"\d+[.]\d+\Z")
_UNUSUAL = re.compile(r"[^ -~]+")


@lru_cache(maxsize=1024)  # a report says the same things of many
def visible(text: str, limit: int, *, lines: bool = False) -> str:
    r"""Show control, format and bidirectional characters as pictures or code points, at most `limit` characters.

    Line breaks stay where `lines` is true and are shown as a sign otherwise. Piles of combining marks are thinned to
    two, so that a word can't paint over its neighbours.

    >>> visible("a\x00b\u202ec", 40)
    'a␀b⟨U+202E⟩c'
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    text = text[: 9 * limit + 1].replace("\r\n", "\n")
    return _cut(_UNUSUAL.sub(lambda run: _shown(run[0], lines), text), limit)


def _shown(run: str, lines: bool) -> str:
    """Characters beyond printable ASCII, made visible."""
    out: list[str] = []
    marks = 0
    for char in run:
        if char == "\n" and lines:
            shown = char
        elif char < " ":
            shown = chr(0x2400 + ord(char))
        elif char == "\x7f":
            shown = "␡"
        else:
            category = unicodedata.category(char)
            if category == "Cc" or (category in _HIDDEN and char not in _JOINERS):
                shown = f"⟨U+{ord(char):04X}⟩"
            elif category in ("Mn", "Me"):
                marks += 1
                shown = char if marks <= 2 else ""
            else:
                marks, shown = 0, char
        out.append(shown)
    return "".join(out)


def redact(text: str, limit: int) -> str:
    """Replace personal data and secrets in `text` and cut it to `limit` characters.

    E-mail addresses, telephone and other long numbers, card numbers (Luhn), IP addresses, keys and tokens, and what
    follows ``?`` or ``#`` in an address become a word in square brackets. Applying it twice changes nothing more.

    >>> redact("mail bob@example.com from 203.0.113.9", 80)
    'mail [e-mail] from [address]'
    """
    if limit <= 0:
        return ""
    window = 8 * limit + 4 * _LONGEST
    shown = visible(text[: window + 1], 8 * window, lines=True)
    if len(text) > window:
        # The cut may have split an address in two: half of one is still personal, so the split word goes.
        head = shown[: -_LONGEST - 1]
        shown = head.rstrip() if len(head) <= limit or head[-1].isspace() else re.sub(r"\S{1,512}\Z", "", head)
        shown = _replace_all(shown) + ELLIPSIS
    else:
        shown = _replace_all(shown)
    return _cut(shown, limit)


def _replace_all(text: str) -> str:
    for pattern, replacement in _STEPS:
        if pattern is not _KEYS or _KEY_LIKE.search(text):
            text = pattern.sub(replacement, text)
    return text


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else (text[: limit - 1] + ELLIPSIS if limit > 0 else "")


def _url(match: re.Match[str]) -> str:
    whole = match.group(0)
    kept = match["head"] + match["rest"]
    return kept + "?[query]" if "?" in whole or "#" in whole else kept


def _ipv6(match: re.Match[str]) -> str:
    try:
        ipaddress.IPv6Address(match.group(0))
    except ValueError:
        return match.group(0)
    return "[address]" if len(match.group(0)) > 4 else match.group(0)


def _number(match: re.Match[str]) -> str:
    whole = match.group(0)
    digits = "".join(char for char in whole if char.isdecimal())
    if 13 <= len(digits) <= 19 and luhn(digits):
        return "[card]"
    if _ISO_DATE.match(whole) or _DECIMAL.match(whole):
        return whole
    if whole[0] in "+(" or digits.startswith("00"):
        return "[phone]"
    if len(digits) < 9:
        return whole
    return "[phone]" if len(digits) <= 15 and not whole.isdecimal() else "[number]"


def luhn(digits: str) -> bool:
    """Whether decimal `digits` pass the check of ISO/IEC 7812-1, as card numbers do."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_STEPS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_URL, _url),
    (_KEYS, "[key]"),
    (_EMAIL, "[e-mail]"),
    (_SECRET, r"\1\2[key]"),
    (_IPV4, "[address]"),
    (_IPV6, _ipv6),
    (_NUMBER, _number),
)
