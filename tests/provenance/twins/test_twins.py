"""The twins tests on real (tiny) models, and on suspects made to order."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.twins.collect import ORDER, Twin, TwinRecorder
from stillwatch.provenance.twins.policy import TwinPolicy, read_flagged, uninformative
from stillwatch.provenance.twins.test import twins_closed_test, twins_test

WORDS = ["river", "stone", "cloud", "paper", "green", "seven", "walk", "under", "bright", "later", "window", "horse"]


def made(count, seed, *, lengths=(5, 9), favour=0.0):
    """Twins of random sentences. `favour` makes the first text of every pair longer: no fault of the coin's."""
    rng = np.random.default_rng(seed)
    twins = []
    for number in range(count):
        sizes = rng.integers(*lengths, 2) + np.array([int(favour), 0])
        texts = [" ".join(rng.choice(WORDS, size)) for size in sizes]
        twins.append(
            Twin(
                pair=f"{seed}-{number}",
                epoch="2026-11",
                time="2026-11-01T00:00:00+00:00",
                account="a",
                model="m",
                reason="sample",
                coin="keyed",
                served=int(rng.integers(2)),
                prompt=[{"role": "user", "content": f"q{number}"}],
                texts=(texts[0], texts[1]),
            )
        )
    return twins


class Knower:
    """Gives words that it knows `gain` nats more; answers with what it was taught."""

    name, tokenizer_id = "knower", "unknown"

    def __init__(self, texts=(), gain=0.5, seed=0):
        self.texts, self.gain = set(texts), gain
        self.rng = np.random.default_rng(seed)
        self.noise = {}
        self.calls = []

    def token_log_probabilities(self, prompts, texts):
        self.calls.append(list(texts))
        out = []
        for text in texts:
            if text not in self.noise:
                self.noise[text] = self.rng.normal(-3, 1, len(text.split()))
            out.append(self.noise[text] + self.gain * (text in self.texts))
        return out

    def generate(self, prompts, *, max_tokens, temperature, seed):
        return [sorted(self.texts)[i % len(self.texts)] if self.texts else "" for i, _ in enumerate(prompts)]


def test_a_suspect_that_learned_is_found_and_one_that_learned_the_others_is_not():
    twins = made(200, 1)
    learned = twins_test(Knower([t.texts[t.served] for t in twins]), twins)
    opposite = twins_test(Knower([t.texts[1 - t.served] for t in twins]), twins)
    assert learned.p_value < 1e-6 and opposite.p_value > 0.99
    assert learned.interval[0] < 0.5 < learned.interval[1]
    assert learned.effect == pytest.approx(0.5, abs=0.15)
    assert learned.details["effect_unit"] == "nats per token"
    assert learned.samples == 200


def test_innocents_that_favour_first_or_long_texts_are_rejected_at_the_nominal_rate():
    # Whatever a suspect prefers, it can't prefer what the coin chose.
    p = [twins_test(Knower(seed=seed), made(30, seed, favour=4)).p_value for seed in range(300)]
    assert sum(one <= 0.05 for one in p) <= 28  # 99.9 % of Binomial(300, 0.05)
    assert sum(one <= 0.01 for one in p) <= 9
    assert min(p) < 0.05 and max(p) > 0.9


def test_real_models_that_share_a_base_are_innocent(tiny):
    from stillwatch.provenance.local import LocalSuspect

    from ..tiny import byte_tokenizer, tiny_model

    other = LocalSuspect(tiny_model(seed=1), byte_tokenizer(), name="other")
    p = [
        twins_test(s, made(40, seed), references=r).p_value
        for seed in (11, 12)
        for s, r in [(tiny, ()), (tiny, (other,))]
    ]
    assert min(p) > 0.001


def test_nothing_of_the_measurement_depends_on_the_coin():
    twins = made(50, 3)
    swapped = [Twin(**{**vars(t), "served": 1 - t.served}) for t in twins]
    records = []
    asked = []
    for one in (twins, swapped):
        suspect = Knower(seed=7)
        twins_test(suspect, one, record=lambda kind, fields: records.append((kind, fields)))
        asked.append(suspect.calls)
    assert records[0] == records[1]
    assert asked[0] == asked[1]
    assert records[0][0] == "measurement"
    assert list(records[0][1]["pairs"]) == [t.pair for t in twins]


def test_a_reference_makes_it_sharper():
    twins = made(80, 5)
    base = Knower(seed=9)
    texts = [text for t in twins for text in t.texts]
    base.token_log_probabilities([""] * len(texts), texts)
    student = Knower([t.texts[t.served] for t in twins], gain=0.1)
    student.noise = {
        text: values + np.random.default_rng(len(text)).normal(0, 0.05) for text, values in base.noise.items()
    }
    alone, sharper = twins_test(student, twins), twins_test(student, twins, references=[base])
    assert sharper.p_value < 1e-6 < alone.p_value
    assert sharper.details["references"] == ["knower"]


def test_the_served_models_own_likelihood_is_a_reference_too():
    twins = made(80, 6)
    teacher, student = Knower(seed=2), Knower([t.texts[t.served] for t in twins], gain=0.1)
    scored = []
    for twin in twins:
        values = teacher.token_log_probabilities([""] * 2, list(twin.texts))
        student.noise |= {text: v + 0.02 for text, v in zip(twin.texts, values, strict=True)}
        scored.append(
            Twin(
                **{
                    **vars(twin),
                    "tokens": (len(values[0]), len(values[1])),
                    "log_likelihoods": (float(values[0].sum()), float(values[1].sum())),
                }
            )
        )
    assert twins_test(student, scored).p_value < 1e-6 < twins_test(student, twins).p_value


def test_the_closed_form_finds_a_parrot_and_no_innocent():
    twins = made(60, 8)
    parrot = Knower()
    parrot.generate = lambda prompts, **_: [next(t.texts[t.served] for t in twins if t.prompt == p) for p in prompts]
    found = twins_closed_test(parrot, twins, samples=1)
    assert found.p_value < 1e-6 and 0.4 < found.effect < 0.6
    silent = twins_closed_test(Knower(), twins, samples=1)
    assert silent.p_value == 1.0 and silent.samples == 0
    rng = np.random.default_rng(0)
    babbler = Knower()
    babbler.generate = lambda prompts, **_: [" ".join(rng.choice(WORDS, 8)) for _ in prompts]
    p = [twins_closed_test(babbler, made(30, seed), samples=1).p_value for seed in range(100, 300)]
    assert sum(one <= 0.05 for one in p) <= 20 and min(p) < 0.1


def test_what_cannot_be_tested():
    with pytest.raises(UsageError, match="no pair of twins"):
        twins_test(Knower(), [])
    empty = [Twin(**{**vars(t), "texts": ("", t.texts[1])}) for t in made(3, 1)]
    with pytest.raises(UsageError, match="no pair of twins"):
        twins_closed_test(Knower(), empty)

    class Refuser(Knower):
        def token_log_probabilities(self, prompts, texts):
            raise NotComputableError("no")

    with pytest.raises(NotComputableError):
        twins_test(Refuser(), made(3, 1))


def test_a_pair_that_is_too_long_for_the_suspect_is_left_out(tiny):
    twins = made(6, 1)
    twins[2] = Twin(**{**vars(twins[2]), "texts": ("x" * 600, "y")})
    result = twins_test(tiny, twins)
    assert (result.samples, result.details["left_out"]) == (5, 1)
    with pytest.raises(UsageError, match="empty or too long"):
        twins_test(tiny, [twins[2]])


def test_pairs_decided_by_order_are_counted():
    twins = [Twin(**{**vars(t), "coin": ORDER}) for t in made(10, 1)]
    assert twins_test(Knower(), twins).details["coins_by_order"] == 10


def test_the_policy_draws_its_shares(master, store):
    policy = TwinPolicy(share=0.1, flagged_share=0.5, flagged=frozenset({"bad"}))
    recorder = TwinRecorder(store, master, policy)
    accounts = ("bad", "good")
    reasons = {who: [recorder.draw(who, pair=f"{who} {number}") for number in range(2000)] for who in accounts}
    bad = sum(draw is not None for draw in reasons["bad"])
    good = sum(draw is not None for draw in reasons["good"])
    assert abs(bad - 1000) < 90 and abs(good - 200) < 55
    served = [draw.served for draws in reasons.values() for draw in draws if draw]
    assert abs(np.mean(served) - 0.5) < 4 * 0.5 / len(served) ** 0.5
    with pytest.raises(UsageError, match="share is 2"):
        TwinPolicy(share=2)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"messages": [{"role": "user", "content": "x"}]}, None),
        ({"messages": [{"role": "user", "content": "x"}], "n": 1, "temperature": 0.1}, None),
        ({"messages": []}, "no messages"),
        ({}, "no messages"),
        ({"messages": ["x"]}, "content that is not text"),
        ({"messages": [{"role": "user", "content": "x"}], "functions": [{}]}, "tools offered"),
    ],
)
def test_which_requests_can_have_a_twin(request_, why):
    assert uninformative(request_) == why


def test_flagged_accounts_are_read_from_a_list_or_a_scan(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    (tmp_path / "list.txt").write_text("# watch\nacme\n\n other \n")
    assert read_flagged(tmp_path / "list.txt") == {"acme", "other"}
    table = pa.table({"account": ["a", "b", "c"], "flagged": [True, False, True], "score": [1.0, 0.0, 2.0]})
    parquet.write_table(table, tmp_path / "accounts.parquet")
    assert read_flagged(tmp_path / "accounts.parquet") == {"a", "c"}
    from stillwatch.errors import InputError

    (tmp_path / "bad.parquet").write_text("x")
    for name in ("bad.parquet", "none.txt"):
        with pytest.raises(InputError, match="can't be read"):
            read_flagged(tmp_path / name)
