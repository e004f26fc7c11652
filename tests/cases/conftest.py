"""A scan's result as the campaigns stage would hand it over: three campaigns, thousands of accounts."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from stillwatch.campaigns.model import (
    AllowedGroup,
    Alternative,
    Campaign,
    ChannelEvidence,
    Family,
    Review,
    ScanResult,
    SharedValue,
    Technique,
)

START = datetime(2026, 3, 2, tzinfo=UTC)

FRAMES = (
    (
        "You are an expert problem solver. Think step by step and write down every intermediate thought before you "
        "answer. Do not skip reasoning. Problem: … Finish with the line 'Answer:' and nothing else.",
        (
            "A train leaves at 09:40 and covers 312 km at 78 km/h. Another leaves an hour later from the other end "
            "at 96 km/h. Where do they meet?",
            "Prove that the product of any three consecutive integers is divisible by 6.",
            "A bag holds 5 red and 7 blue marbles. Two are drawn without replacement. What is the probability that "
            "both are blue?",
            "Find all integers n for which n² + 19n + 92 is a perfect square.",
        ),
    ),
    (
        "Rate the following answer from 1 to 10 on correctness, helpfulness and style, each with one sentence of "
        "reasons, as JSON.\n\nQuestion: …\n\nAnswer: …",
        (
            "How do I rotate logs in nginx?\n\nAnswer: Send USR1 to the master process after moving the file.",
            "Why is the sky blue?\n\nAnswer: Because of Rayleigh scattering, which grows with the fourth power.",
            "What's a monad?\n\nAnswer: A burrito.",
        ),
    ),
    (
        "Here is a repository tree and a failing test. Plan the change, list the tool calls you would make and then "
        "give the patch as a unified diff. … Keep your plan under ten steps.",
        (
            "src/\n  app.py\n  store.py\ntests/test_store.py::test_expiry fails: KeyError 'ttl'",
            "lib/parse.rb, spec/parse_spec.rb. Failure: expected 3 tokens, got 2. Contact: ann@example.org",
        ),
    ),
)


def a_campaign(name: str, size: int, *, seed: int = 0, style: int = 0, days: int = 10) -> Campaign:
    """A campaign of `size` members with everything filled."""
    rng = random.Random(seed)
    members = tuple(f"acct_{name.lower()}_{i:05d}" for i in range(size))
    hours = days * 24
    volume = [
        max(0, round(size * (0.3 + 0.2 * math.sin(h / 24 * 2 * math.pi)) * rng.uniform(0.6, 1.4) * min(1, h / 30)))
        for h in range(hours)
    ]
    for h in range(hours // 2, hours // 2 + 9):
        volume[h] = 0 if style == 1 else round(volume[h] * 2.4)
    timeline = tuple((START + timedelta(hours=h), n) for h, n in enumerate(volume))
    peak = max(range(hours), key=volume.__getitem__)
    total = sum(volume)
    links: list[tuple[str, str, str, float]] = []
    cards = [rng.randint(3, 22) for _ in range(9)]
    at = 0
    for i, count in enumerate(cards):
        block = members[at : at + count]
        links += [(block[0], other, f"payment: tok_{seed}{i:02d}f{i * 37 % 100:02d}", 6.4) for other in block[1:]]
        at += max(count - rng.randint(0, 2), 2)
    for i in range(5):
        group = rng.sample(members[: at + 30], min(size, 14))
        links += [(group[0], other, f"address block: 203.0.{i}.0/24", 4.1) for other in group[1:]]
    for _ in range(24):
        a, b = rng.sample(members[: at + 40], 2)
        links.append((a, b, "same bucket: 61 of 64 hours", round(rng.uniform(2, 5), 2)))
    for i in range(4):
        links += [
            (members[at + 5 * i], members[at + 5 * i + j], f"sign-up cohort: {START:%Y-%m-%d} 0{i}:10", 3.3)
            for j in range(1, 5)
        ]
    families = tuple(
        Family(
            frame,
            max(size - 40 * i, 3),
            total // (2 + i),
            total // (2 + i) - 11,
            2 * i,
            tuple(_fill(frame, item) for item in items),
        )
        for i, (frame, items) in enumerate(FRAMES[style:] + FRAMES[:style])
    )[: 2 + style % 2]
    return Campaign(
        campaign=name,
        members=members,
        membership=tuple(round(max(0.51, 0.999 - 0.4 * (i / size) ** 3), 4) for i in range(size)),
        exchanges=round(total * 1.2),
        campaign_exchanges=total,
        share=(0.83, 0.79, 0.88),
        input_tokens=total * 311,
        output_tokens=total * 1420,
        first_time=timeline[0][0],
        last_time=timeline[-1][0] + timedelta(minutes=59),
        peak_time=timeline[peak][0],
        timeline=timeline,
        p_value=10.0 ** -(9 + style),
        e_value=3.1e7,
        techniques=(
            Technique(
                ("reasoning elicitation", "rubric grading", "agentic trajectories")[style], "AML.T0024.002", 0.71
            ),
            Technique("access through resellers", "AML.T0008.005", 0.22),
        ),
        evidence=(
            ChannelEvidence(
                "content",
                3.2e-9,
                "tested",
                f"{size - 12:,} of {size:,} members share 2 frames; 0.1 % of other accounts do. Items never repeat "
                "(0 of 20,112 seen twice; 1,930 expected if they chose freely).",
                (("share of prompts in a shared frame", 0.94, 0.021), ("items seen twice", 0.0, 0.096)),
            ),
            ChannelEvidence(
                "timing",
                0.0004,
                "tested",
                "Hourly residuals of members correlate at 0.61, of comparable accounts at 0.04.",
                (("correlation of hourly residuals", 0.61, 0.04), ("night share", 0.41, 0.17)),
            ),
            ChannelEvidence(
                "infrastructure",
                None,
                "linked",
                "9 payment tokens and 5 address blocks tie 160 members; hubs removed.",
                (("members per payment token", 11.2, 1.03),),
            ),
            ChannelEvidence("usage", None, "not computable", "No sign-up times and no plans in the account table."),
        ),
        alternatives=(
            Alternative(
                "A batch job of one customer",
                "One company splits a nightly job over many keys, with one template and one invoice.",
                2.1e-5,
                "The members pay with 9 cards under 31 organizations; the items don't repeat between nights.",
            ),
            Alternative(
                "A bring-your-own-key app",
                "Users of one app share its system prompt and client.",
                8e-7,
                "Users of an app ask overlapping things (expected overlap 1,930 items, observed 0).",
            ),
            Alternative("Evaluation harness", "A benchmark is run by several teams.", 1e-12, "No item is public."),
        ),
        families=families,
        shared=(
            SharedValue("payment", f"tok_{seed}00f00", 22, 0, 6.4),
            SharedValue("address block", "203.0.1.0/24", 31, 4, 4.1),
            SharedValue("email domain", "mailbox.example", 190, 11, 2.7),
            SharedValue("user agent", "openai-python/2.1", size, 41_233, 0.0),
            SharedValue("address", "carrier NAT 100.64.0.0/10", 140, 9_120, 0.0),
        ),
        succession=(
            "212 accounts closed on 6 Mar; within 9 hours 198 new ones went on with the same frame (expected: 3)."
            if style == 0
            else None
        ),
        pivot="47 % of the traffic moved to model-b within 22 h of its release (matched customers: 6 %)."
        if style == 1
        else None,
        links=tuple(links[:400]),
    )


def _fill(frame: str, item: str) -> str:
    head, tail = frame.split("…", 1)
    return head + item + tail.replace("…", "").removesuffix("\n\nAnswer: ")


def a_result(campaigns: tuple[Campaign, ...]) -> ScanResult:
    """A scan's result around `campaigns`, with 3,000 further accounts."""
    rng = random.Random(5)
    rows: dict[str, list[object]] = {
        name: []
        for name in (
            *("account", "exchanges", "score", "p_value", "flagged", "campaign", "reasons", "membership"),
            *("campaign_share", "allowed", "decision"),
        )
    }
    for campaign in campaigns:
        for member, surety in zip(campaign.members, campaign.membership, strict=True):
            for key, value in zip(
                rows,
                (
                    member,
                    rng.randint(20, 400),
                    round(rng.uniform(2, 9), 3),
                    rng.uniform(1e-6, 0.2),
                    True,
                    campaign.campaign,
                    ["shared frame 1", "payment shared with 21 members", "active in the same hours"][
                        : rng.randint(1, 3)
                    ],
                    surety,
                    0.9,
                    None,
                    None,
                ),
                strict=True,
            ):
                rows[key].append(value)
    for i in range(3000):
        for key, value in zip(
            rows, (f"cust_{i:05d}", 90, 0.4, 0.5, False, None, [], None, None, None, None), strict=True
        ):
            rows[key].append(value)
    total = len(rows["account"])
    return ScanResult(
        accounts=pa.table(rows),
        campaigns=campaigns,
        facts={
            "version": "0.1.0",
            "settings": {"rate": 0.001, "seed": 7, "format": "litellm", "workers": 2},
            "baseline": {
                "kind": "log itself",
                "note": "robust estimate from 3,000 accounts of the same log; a campaign larger than half of a "
                "stratum would hide itself",
            },
            "counts": {
                "exchanges": 212_880 + sum(c.exchanges for c in campaigns),
                "accounts": total,
                "rejected": 1_204,
                "campaigns": len(campaigns),
                "flagged": sum(len(c.members) for c in campaigns) + 2,
            },
            "rejected": {"no account": 1_100, "broken JSON": 101, "time in the far future": 3},
            "columns": {
                "time": 100.0,
                "account": 100.0,
                "model": 100.0,
                "prompt": 99.8,
                "system": 41.0,
                "turns": 100.0,
                "input_tokens": 100.0,
                "output_tokens": 100.0,
                "ip": 97.0,
                "user_agent": 96.0,
                "payment": 93.0,
                "email_domain": 98.0,
                "status": 100.0,
            },
            "notes": ["Strings in this log are cut at 2,048 characters by the gateway: long frames may be missed."],
            "timings": {"read": 1.2, "profile": 3.4, "campaigns": 2.2},
            "period": {"first": "2026-03-02T00:00:01Z", "last": "2026-03-12T23:59:58Z"},
        },
    )


@pytest.fixture(scope="session")
def build_campaign() -> Callable[..., Campaign]:
    return a_campaign


@pytest.fixture(scope="session")
def build_result() -> Callable[..., ScanResult]:
    return a_result


@pytest.fixture(scope="session")
def sample() -> ScanResult:
    """Three campaigns of 1,240, 300 and 2,000 members."""
    return a_result(
        (
            a_campaign("C-01", 1240, seed=1, style=0),
            a_campaign("C-02", 300, seed=2, style=1, days=4),
            a_campaign("C-03", 2000, seed=3, style=2, days=40),
        )
    )


@pytest.fixture(scope="session")
def rule() -> Callable[..., ScanResult]:
    return with_rulings


@pytest.fixture(scope="session")
def ruled(sample: ScanResult) -> ScanResult:
    """The sample, two of its campaigns decided on before, allowed accounts in it, and a baseline that has drifted."""
    return with_rulings(sample)


def with_rulings(result: ScanResult, text: str = "a class of the university; see ticket 4711") -> ScanResult:
    """A result with all that an operator may have told the scan; `text` is what people wrote."""
    first, second, third = result.campaigns
    known = Review("confirmed", text, START, text, 1200, first.members[:40], ())
    changed = Review("dismissed", text, START, text, 250, second.members[:50], (text, "it now asks for agentic work"))
    settled = Review("dismissed", text, START, text, 2000, (), ())
    entries = (("organization acme", 12), (f"account {text}", 1))
    signals = [
        {
            "signal": name,
            "moved": moved,
            "direction": "higher",
            "distance": 0.184,
            "p_value": 0.002,
            "median": {"baseline": 0.21, "today": 0.4},
            "at": {"value": 0.3, "baseline_below": 0.61, "today_below": 0.426},
        }
        for name, moved in (("follow_ups", True), ("tokens_made", True), ("novelty", False))
    ]
    drift = {
        "warning": True,
        "rate": 0.01,
        "tolerance": 0.1,
        "accounts": {"baseline": 2_900, "today": 3_000},
        "signals": signals,
        "left_out": {},
        "note": "",
        "advice": "build a new baseline",
    }
    allowed = {
        "entries": [
            {
                "scope": "organization",
                "value": "acme",
                "reason": text,
                "who": text,
                "since": "2026-03-01",
                "expires": "2026-06-01",
                "accounts": 31,
                "spared": 12,
            },
        ]
    }
    facts = {
        **result.facts,
        "baseline": {"kind": "a saved baseline", "note": "like accounts of the earlier traffic", "drift": drift},
        "allowed": allowed,
    }
    return ScanResult(
        result.accounts,
        (replace(first, review=known, allowed=entries), replace(second, review=changed)),
        facts,
        (replace(third, review=settled),),
        (AllowedGroup(44, 3_120, 2e-9, entries),),
    )


@pytest.fixture(scope="session")
def quiet() -> ScanResult:
    """A scan that found nothing."""
    return a_result(())
