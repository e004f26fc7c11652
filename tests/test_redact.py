import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.redact import ELLIPSIS, luhn, redact, visible

LOOKS_LIKE_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to Bob.Smith+x@mail.example.co.uk now", "write to [e-mail] now"),
        ("call +49 170 1234567 or (555) 123-4567", "call [phone] or [phone]"),
        ("card 4111 1111 1111 1111.", "card [card]."),
        ("not a card 4111 1111 1111 1112", "not a card [number]"),
        ("from 203.0.113.9 and 2001:db8::7", "from [address] and [address]"),
        ("key sk-abcdefghijklmnop1234 here", "key [key] here"),
        ("the shortest: sk-123456789abc", "the shortest: [key]"),
        ("eyJabcdef.ghij", "[key]"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "[key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123", "[key]"),
        ("d41d8cd98f00b204e9800998ecf8427e", "[key]"),
        ("password: hunter22", "password: [key]"),
        ("see https://u:p@example.org/a?token=1#x ok", "see https://example.org/a?[query] ok"),
        ("version 1.2.3.4567 and 3.14159265358979", "version 1.2.3.4567 and 3.14159265358979"),
        ("on 2026-03-02 09:40 take std::vector", "on 2026-03-02 09:40 take std::vector"),
        ("12 apples, 312 km, 1999", "12 apples, 312 km, 1999"),
    ],
)
def test_personal_data_and_secrets_are_replaced_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text, 200) == shown


def test_control_and_direction_characters_become_visible() -> None:
    assert visible("a\x00b\x1bc\u202ed\u200be\x85", 80) == "a␀b␛c⟨U+202E⟩d⟨U+200B⟩e⟨U+0085⟩"
    assert visible("a\nb", 10) == "a␊b"
    assert visible("a\r\nb", 10, lines=True) == "a\nb"
    assert visible("\ud800", 10) == "⟨U+D800⟩"


def test_piles_of_combining_marks_are_thinned() -> None:
    assert len(visible("e" + "\u0301" * 500 + "x", 100)) == 4


def test_a_word_of_a_megabyte_is_cut() -> None:
    assert len(redact("w" * 1_000_000, 300)) == 300
    assert redact("w" * 1_000_000, 300).endswith(ELLIPSIS)
    assert "bob" not in redact("bob@example.com" * 100_000, 300)


def test_an_address_split_by_the_cut_does_not_survive_in_part() -> None:
    for pad in range(4000, 4200, 7):
        text = "https://example.org/?" + "q" * pad + " someone.private@example.com tail " * 200
        assert "someone" not in redact(text, 300)


@given(st.text(), st.integers(-1, 60))
def test_never_longer_than_the_limit(text: str, limit: int) -> None:
    assert len(redact(text, limit)) <= max(limit, 0)
    assert len(visible(text, limit)) <= max(limit, 0)


@given(st.text(max_size=40), st.emails(), st.text(max_size=40), st.integers(1, 400))
def test_no_mail_address_survives(before: str, mail: str, after: str, limit: int) -> None:
    shown = redact(f"{before} {mail} {after}", limit)
    assert mail not in shown
    assert not LOOKS_LIKE_MAIL.search(shown)


@given(st.text(max_size=300))
def test_twice_is_once(text: str) -> None:
    once = redact(text, 10_000)
    assert redact(once, 10_000) == once


@given(st.text(max_size=200))
def test_what_is_shown_holds_no_hidden_characters(text: str) -> None:
    for char in redact(text, 10_000):
        assert char in "\n\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_survives(address: object) -> None:
    assert str(address) not in redact(f"from {address}, then", 200)


@given(st.integers(10**11, 10**18 - 1))
def test_card_numbers_that_pass_the_check_are_replaced(body: int) -> None:
    digits = next(f"{body}{check}" for check in range(10) if luhn(f"{body}{check}"))
    shown = redact(f"pay {digits} now", 100)
    assert digits not in shown
    assert len(digits) < 13 or shown == "pay [card] now"


def test_a_mail_address_of_many_labels_does_not_survive() -> None:
    mail = f"0@{'A.' * 60}COM"
    assert redact(f"write to {mail} today", 400) == "write to [e-mail] today"
