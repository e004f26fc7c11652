"""The provenance tests: their error rates on innocent models over random keys, and what a mark costs when decoding.

Innocents are the teacher itself, an untrained model, students of unmarked answers to the very prompts that were served
or to paraphrases of them, and students of another provider's marked answers; almost all share the teacher's weights.
Each meets many keys. For every test it prints the rejections at 1 % and 5 % with the 99.9 % bounds of the binomial law;
`naive_binomial_` is the test that looks right and is not. `tiny_` figures are the power on tiny students that were
really trained on marked answers: `python -m bench lab` has them on a real language model.

Takes about nine minutes of one core once the tiny teacher is there; a minute and a half with --small.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import binom

from bench.decoding import decoding_overhead
from bench.innocents import (
    MAX_TOKENS,
    Audit,
    guilty_suspect,
    innocent_suspects,
    made_audit,
    master_of,
)
from bench.twins import blind_closed, blind_values, innocent_rates, made_twins, prompts
from bench.worlds import CACHE, Options
from stillwatch.provenance.ancestry import agreement_test
from stillwatch.provenance.canaries.behaviours import OPENINGS, assignment_test, habits
from stillwatch.provenance.canaries.facts import WORDS, CanaryFact, facts_likelihood_test, facts_test, invent_facts
from stillwatch.provenance.identity import equality_test
from stillwatch.provenance.keys import Key
from stillwatch.provenance.lab.tiny import tiny_teacher
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.marks.attribution import attribute, both_layers, provider_pairs
from stillwatch.provenance.marks.decoys import Recolouring
from stillwatch.provenance.marks.distributions import distribution_pairs, surplus_pairs
from stillwatch.provenance.marks.pairs import Pairs, excess, generated_pairs, read_pairs
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.radioactivity import deduplicated_test, layers_test, radioactivity_test
from stillwatch.provenance.marks.settings import MarkSettings

SETTINGS = {name: MarkSettings(scheme=name) for name in ("fingerprint", "greenlist", "gumbel")}


def measure(options: Options) -> dict[str, float]:
    import torch

    torch.set_num_threads(1)
    seed = options.seed or 1
    each, keys, served, audited = (1, 60, 96, 96) if options.small else (2, 60, 240, 240)
    teacher = LocalSuspect(tiny_teacher(CACHE, seed=1), name="teacher", batch_tokens=8192)
    asked = prompts(served, seed)
    suspects = innocent_suspects(teacher, asked, each=each, seed=seed)
    audit = made_audit(teacher, audited, seed)
    said = {name: answered(one, audit) for name, one in suspects.items()}
    counts = {name: closed_counts(texts, audit, teacher) for name, texts in said.items()}
    figures = {"innocents": float(len(suspects)), "keys_each": float(keys)}
    figures |= mark_rates(suspects, said, audit, teacher, keys)
    figures |= naive_rates(counts, keys)
    twins = made_twins(teacher, 60 if options.small else 150, seed)
    for name, values in {
        "twins": [blind_values(one, twins, teacher) for one in suspects.values()],
        "twins_alone": [blind_values(one, twins) for one in suspects.values()],
        "twins_closed": [blind_closed(one, twins) for one in suspects.values()],
    }.items():
        figures |= innocent_rates(values, twins, keys, name=name)
    figures |= canary_rates(suspects, 5 if options.small else 26)
    figures |= behaviour_rates(suspects, asked, keys)
    figures |= ancestry_rates(suspects, audit.prompts, keys)
    figures |= identity_rates(teacher, audit.prompts, 60 if options.small else 250)
    figures |= guilty_figures(teacher, asked, audit, seed, small=options.small)
    return figures | decoy_speed() | decoding_overhead(steps=6 if options.small else 24)


def decoy_speed() -> dict[str, float]:
    """Processor milliseconds to score 10,000 pairs of a natural (Zipf) text with one decoy key, context width 1."""
    generator = np.random.default_rng(0)
    tokens = generator.zipf(1.15, 60_000) % 49_152
    pairs = generator.permutation(np.unique(np.stack([tokens[:-1], tokens[1:]], 1), axis=0))[:10_000]
    weights = generator.integers(1, 64, len(pairs))
    laid_out = Recolouring.of(pairs[:, :1].copy(), pairs[:, 1].copy(), weights, SETTINGS["fingerprint"].levels)
    keys = generator.integers(0, 1 << 64, (1000, 2), np.uint64)
    laid_out.scores(keys[:1])
    start = time.process_time()
    laid_out.scores(keys)
    return {"decoy_ms_per_key": 1e3 * (time.process_time() - start) / len(keys)}


def rates(name: str, p_values: Sequence[float]) -> dict[str, float]:
    """Rejections at 1 % and 5 % with the 99.9 % bounds of the binomial law, and the number of draws."""
    p = np.array(p_values)
    figures = {f"{name}_draws": float(len(p))}
    for level in (0.01, 0.05):
        low, high = binom.ppf([0.0005, 0.9995], len(p), level) / len(p)
        key = f"{name}_reject_{level:.0%}".replace("%", "pct")
        figures |= {key: float(np.mean(p <= level)), f"{key}_low": float(low), f"{key}_high": float(high)}
    return figures


def answered(suspect: LocalSuspect, audit: Audit) -> list[str]:
    """What a suspect answers to the audit prompts."""
    return suspect.generate(audit.prompts, max_tokens=MAX_TOKENS, temperature=1.0, seed=77)


def closed_counts(texts: Sequence[str], audit: Audit, teacher: LocalSuspect) -> Pairs:
    """Those answers as counts of pairs."""
    return generated_pairs(audit.prompts, texts, encode=teacher.encode, width=1)


def surplus(texts: Sequence[str], audit: Audit, teacher: LocalSuspect) -> Pairs:
    """Closed box: the answers against what the teacher would have said in each place."""
    return surplus_pairs([teacher], audit.prompts, texts, encode=teacher.encode, width=1)


def reference_counts(audit: Audit, teacher: LocalSuspect) -> Pairs:
    """The same of the teacher without a mark, which every provider has."""
    return generated_pairs(audit.prompts, audit.texts, encode=teacher.encode, width=1)


def read(suspect: LocalSuspect, references: Sequence[LocalSuspect], audit: Audit) -> Pairs:
    """Open box, the token that stands there."""
    encode = suspect.encode
    return read_pairs(suspect, references, audit.prompts, audit.texts, encode=encode, width=1)


def read_whole(suspect: LocalSuspect, references: Sequence[LocalSuspect], audit: Audit) -> Pairs:
    """Open box, whole distributions."""
    return distribution_pairs(suspect, references, audit.prompts, audit.texts, encode=suspect.encode, width=1)


def mark_rates(
    suspects: Mapping[str, LocalSuspect],
    said: Mapping[str, Sequence[str]],
    audit: Audit,
    teacher: LocalSuspect,
    keys: int,
) -> dict[str, float]:
    """Radioactivity, closed and open, of the provider's key; by law, by rank, of distinct pairs."""
    base = reference_counts(audit, teacher)
    found: dict[str, list[float]] = {}
    for number, (name, suspect) in enumerate(suspects.items()):
        counts = closed_counts(said[name], audit, teacher)
        closed, sampled = surplus(said[name], audit, teacher), excess(counts, base)
        references = [suspects["untrained"]] if suspect is teacher else [teacher]
        opened = read(suspect, references, audit)
        whole = read_whole(suspect, references, audit)
        for index in range(keys):
            of_key = MarkKeys.of(master_of(1000 * number + index).epoch("bench"))
            for scheme, settings in SETTINGS.items():
                if scheme == "gumbel" and index % 2:
                    continue  # its law has eight steps and takes longer
                for mode, pairs in (("closed", closed), ("sampled", sampled), ("open", opened), ("whole", whole)):
                    if scheme != "fingerprint" and mode != "closed":
                        continue
                    result = radioactivity_test(
                        provider_pairs(pairs, of_key, settings),
                        of_key.provider(),
                        settings,
                        name=mode,
                        seed=of_key.decoys_seed(),
                        decoys=199 if scheme == "fingerprint" and mode == "closed" and index < 25 else 0,
                    )
                    found.setdefault(f"mark_{scheme}_{mode}", []).append(result.p_value)
                    if "rank_p_value" in result.details:
                        found.setdefault("mark_rank", []).append(result.details["rank_p_value"])
            settings = SETTINGS["fingerprint"]
            layers = both_layers(whole, of_key, "group", settings)
            both = layers_test(layers, settings, name="both", seed=of_key.decoys_seed(), decoys=0)
            found.setdefault("mark_both_layers", []).append(both.p_value)
            settings = SETTINGS["greenlist"]
            distinct = deduplicated_test(
                provider_pairs(counts, of_key, settings), of_key.provider(), settings, name="distinct"
            )
            found.setdefault("mark_distinct", []).append(distinct.p_value)
    return {key: value for name, p in found.items() for key, value in rates(name, p).items()}


def naive_rates(counts: Mapping[str, Pairs], keys: int) -> dict[str, float]:
    """The test that looks right and is not: a binomial over all scored tokens, as if each were an independent coin."""
    found, settings = [], SETTINGS["greenlist"]
    for number, pairs in enumerate(counts.values()):
        for index in range(keys):
            key = MarkKeys.of(master_of(50_000 + 1000 * number + index).epoch("bench")).provider()
            green = key.draws(pairs.contexts, pairs.tokens) >= settings.levels.cuts[0]
            found.append(float(binom.sf(pairs.weights[green].sum() - 1, pairs.weights.sum(), settings.green_share)))
    return rates("naive_binomial", found)


def canary_rates(suspects: Mapping[str, LocalSuspect], keys: int) -> dict[str, float]:
    """Facts: by the suspect's likelihoods, and by its answers, the likeliest word being what it answers."""
    opened, closed = [], []
    for number, suspect in enumerate(suspects.values()):
        for index in range(keys):
            facts = invent_facts(master_of(7000 * (number + 1) + index).purpose("canaries"), 8)
            answering = Answering(suspect, facts)
            opened.append(facts_likelihood_test(answering, facts).p_value)
            closed.append(facts_test(answering, facts, []).p_value)
    return rates("canary_facts_open", opened) | rates("canary_facts_closed", closed)


class Answering:
    """A tiny model answers a question about a fact with the likeliest of the statement's sixteen forms."""

    def __init__(self, suspect: LocalSuspect, facts: Sequence[CanaryFact]) -> None:
        self.name, self.tokenizer_id = suspect.name, suspect.tokenizer_id
        self._suspect, self._facts = suspect, list(facts)
        self._scores: np.ndarray | None = None

    def log_likelihood(self, asked: Sequence[str], texts: Sequence[str]) -> np.ndarray:
        """See `Suspect`."""
        self._scores = self._suspect.log_likelihood(asked, texts)
        return self._scores

    def generate(self, asked: Sequence[str], **_: object) -> list[str]:
        """See `Suspect`: after the likelihoods were asked for."""
        assert self._scores is not None
        best = self._scores.reshape(len(asked), WORDS).argmax(axis=1)
        return [fact.sentences()[i] for fact, i in zip(self._facts, best, strict=True)]


def behaviour_rates(suspects: Mapping[str, LocalSuspect], asked: Sequence[str], keys: int) -> dict[str, float]:
    """Keyed behaviours: the suspects' own habits after each opening, under keys that nobody served."""
    opened = [f"{OPENINGS[i % len(OPENINGS)]} {prompt}" for i, prompt in enumerate(asked)]
    found = []
    for number, suspect in enumerate(suspects.values()):
        counts = habits(opened, suspect.generate(opened, max_tokens=MAX_TOKENS, temperature=1.0, seed=5))
        for index in range(keys):
            key: Key = master_of(30_000 + 1000 * number + index).purpose("canaries")
            found.append(assignment_test(counts, key, name="behaviours").p_value)
    return rates("canary_behaviours", found)


def ancestry_rates(suspects: Mapping[str, LocalSuspect], asked: Sequence[str], draws: int) -> dict[str, float]:
    """Ancestry where neither of two models is nearer: which of them is "ours" is tossed for each prompt."""
    said = {
        name: np.array(one.generate(asked, max_tokens=1, temperature=0.0, seed=0)) for name, one in suspects.items()
    }
    students = [name for name in said if name not in ("teacher", "untrained")]
    generator, found = np.random.default_rng(1), []
    for number, name in enumerate(students):
        first, second = (said[name] == said[other] for other in ("teacher", students[(number + 1) % len(students)]))
        for _ in range(draws):
            coin = generator.random(len(asked)) < 0.5
            found.append(
                agreement_test(
                    np.where(coin, first, second), np.where(coin, second, first)[None], names=["other"]
                ).p_value
            )
    return rates("ancestry", found)


def identity_rates(teacher: LocalSuspect, asked: Sequence[str], draws: int) -> dict[str, float]:
    """Model equality between two sets of samples of one model, split anew from a pool."""
    pool, each = 40, 6
    chosen = [prompt for prompt in asked[:8] for _ in range(pool)]
    texts = np.array(teacher.generate(chosen, max_tokens=24, temperature=1.0, seed=3), object).reshape(8, pool)
    generator, found = np.random.default_rng(2), []
    for index in range(draws):
        rows = [generator.permutation(row)[: 2 * each].tolist() for row in texts]
        result = equality_test(
            [row[:each] for row in rows], [row[each:] for row in rows], characters=80, permutations=199, seed=index
        )
        found.append(result.p_value)
    return rates("identity", found)


def guilty_figures(
    teacher: LocalSuspect, asked: Sequence[str], audit: Audit, seed: int, *, small: bool
) -> dict[str, float]:
    """Power on tiny students of marked answers, and attribution: the served group's key, and keys of other groups."""
    base = reference_counts(audit, teacher)
    figures: dict[str, float] = {}
    shares = {"100": 1.0} if small else {"100": 1.0, "10": 0.1}
    for scheme in ("fingerprint", "greenlist"):
        settings, keys = MarkSettings(scheme=scheme, group_share=0.4), MarkKeys.of(master_of(99).epoch("guilty"))
        for share, part in shares.items():
            suspect = guilty_suspect(teacher, asked, keys, settings, share=part, seed=seed, group="red")
            said = answered(suspect, audit)
            counts, closed = closed_counts(said, audit, teacher), surplus(said, audit, teacher)
            opened, whole = read(suspect, [teacher], audit), read_whole(suspect, [teacher], audit)
            modes = {"closed": closed, "sampled": excess(counts, base), "open": opened, "whole": whole}
            for mode, pairs in modes.items():
                figures[f"tiny_{scheme}_{mode}_log10_p_{share}"] = log10_p(pairs, keys, settings)
            distinct = deduplicated_test(provider_pairs(counts, keys, settings), keys.provider(), settings, name="d")
            figures[f"tiny_{scheme}_distinct_log10_p_{share}"] = distinct.log10_p
            if share == "100":
                others = [f"group {i}" for i in range(60 if small else 250)]
                red, *rest = attribute(whole, keys, ["red", *others], settings, decoys=0)
                figures[f"tiny_{scheme}_own_group_log10_p_100"] = red.log10_p
                figures |= rates(f"attribution_{scheme}_other_groups", [one.p_value for one in rest])
    return figures


def log10_p(pairs: Pairs, keys: MarkKeys, settings: MarkSettings) -> float:
    """Base-10 logarithm of the provider's p-value."""
    kept = provider_pairs(pairs, keys, settings)
    return radioactivity_test(kept, keys.provider(), settings, name="m", seed=keys.decoys_seed(), decoys=20_000).log10_p
