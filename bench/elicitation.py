"""The elicitation classifier on techniques and sources that it has never seen, and its speed.

Six families of techniques are held out of training, one at a time; with each, a group of real users' prompt sets is
held out too. What is flagged is worded by others than the training prompts: public templates of distillers, and the
frames that the range's campaigns use. The threshold of a fold is the logit that 1.1 % of the *other* real users' sets
exceed, each scored by a model that had not seen it. `unseen` figures are the share of the held-out family flagged (mean
over families), `benign_flagged` the share of real users' prompts (all sets of `PEOPLE`, counted by prompt), beside it
the worst set, product bots, bare questions, look-alikes and data makers. `seen_flagged` is the same wording when its
family was trained on. Where people speak other languages than English, the figures are of the shipped weights:
`benign_flagged_LANGUAGE` of the international sets that the folder has (`bench.elicit.corpus.INTERNATIONAL`, never
trained on), `everyday_flagged_LANGUAGE` of the range's everyday requests, each where there are 200 or more.
`prompts_per_second` is of one core, over arena prompts in an Arrow column, after warming up.

Takes about four minutes on one core; --small, in less than a minute, trains on less.
"""

from __future__ import annotations

import random
import time

import numpy as np
import pyarrow as pa

from bench.elicit.corpus import BENIGN_GROUPS, ITEMS, Corpus, Prompt
from bench.elicit.fit import (
    COMPOSED,
    INNOCENT,
    PEOPLE,
    Floats,
    fit,
    logits,
    matrix,
    people,
    training_prompts,
    weights_of,
)
from bench.worlds import SHARED_PROMPTS, Options
from stillwatch.profile.elicitation.score import Weights, elicitation_logits, shipped_weights
from stillwatch.range import frames, grammar

#: Families held out, each with the purpose of the range that words the same; "" has public templates alone.
FAMILIES = {
    "reasoning": "reasoning",
    "grading": "grading",
    "rewriting": "rewriting",
    "task_generation": "tasks",
    "trajectories": "trajectories",
    "broad_instructions": "",
}
#: Share of other real users' prompts above the threshold: a fifth below the bound of 1.4 %, for sets differ.
RATE = 0.011
EACH = 400  #: prompts a family in the range's wording, and everyday requests a language
SPOKEN = 200  #: prompts of a language for a figure


def range_wording(corpus: Corpus, family: str, seed: int, languages: tuple[str, ...] = ()) -> list[Prompt]:
    """Prompts of a family in the wording of the range's campaigns, each framed anew."""
    dice = random.Random(seed)
    items = corpus.items(ITEMS[family], dice)
    prompts = []
    for _ in range(EACH if FAMILIES[family] else 0):
        spoken = (dice.choice(languages),) if languages else ()
        frame_set = frames.draw(dice, FAMILIES[family], languages=spoken, always_new=True)
        text, system = frame_set.dress(dice, dice.choice(items), 1.0)
        prompts.append(Prompt(f"{system}\n{text}" if system else text, family, "range"))
    return prompts


def measure(options: Options) -> dict[str, float]:
    corpus = Corpus(options.prompts or SHARED_PROMPTS)
    seed = options.seed or 1
    prompts = training_prompts(corpus, random.Random(seed), 300 if options.small else COMPOSED)
    if options.small:
        prompts = random.Random(seed).sample(prompts, len(prompts) // 3)
    rows = matrix([prompt.text for prompt in prompts])
    kind, source = np.array([prompt.kind for prompt in prompts]), np.array([prompt.source for prompt in prompts])
    elicits, person, weight = ~np.isin(kind, INNOCENT), people(prompts), weights_of(prompts)

    unseen = np.full(len(prompts), np.nan)  # logits of benign prompts by the fold that held their set out
    outside: dict[str, dict[str, Floats]] = {}
    groups = dict(zip(FAMILIES, BENIGN_GROUPS.values(), strict=True))
    for family, sources in groups.items():
        group = (kind == "benign") & np.isin(source, sources)
        known = ~group & (kind != family)
        model = fit(rows[known], elicits[known], weight[known])
        unseen[group] = logits(rows[group], model)
        template = (kind == family) & (source != "grammar")
        outside[family] = {
            "templates": logits(rows[template], model),
            "range": _scores(range_wording(corpus, family, seed), model),
            "own": logits(rows[(kind == family) & (source == "grammar")], model),
            "foreign": _scores(range_wording(corpus, family, seed, frames.FRAME_LANGUAGES), model)
            if family == "reasoning"
            else np.zeros(0),
        }

    figures: dict[str, float] = {}
    flagged = np.zeros(len(prompts), bool)
    thresholds = {}
    for family, sources in groups.items():
        here = np.isin(source, sources)
        thresholds[family] = float(np.quantile(unseen[person & ~here], 1 - RATE))
        flagged |= here & (unseen > thresholds[family])
    shares = {
        family: {name: float((scores > thresholds[family]).mean()) for name, scores in parts.items() if len(scores)}
        for family, parts in outside.items()
    }
    others = {
        family: [parts[name] for name in ("templates", "range") if name in parts] for family, parts in shares.items()
    }
    for family in FAMILIES:
        figures[f"elicitation_unseen_{family}_flagged"] = float(np.mean(others[family]))
    for name in ("templates", "range", "own"):
        figures[f"elicitation_unseen_by_{name}_flagged"] = float(
            np.mean([p[name] for p in shares.values() if name in p])
        )
    figures["elicitation_unseen_foreign_flagged"] = shares["reasoning"]["foreign"]
    figures["elicitation_unseen_flagged"] = float(np.mean([np.mean(parts) for parts in others.values()]))
    figures["elicitation_benign_flagged"] = float(flagged[person].mean())
    by_set = {name: float(flagged[source == name].mean()) for name in PEOPLE}
    figures |= {f"elicitation_benign_{name}_flagged": share for name, share in by_set.items()}
    figures["elicitation_benign_worst_set_flagged"] = max(by_set.values())
    figures["elicitation_products_flagged"] = float(flagged[np.isin(source, BENIGN_GROUPS["products"])].mean())
    figures |= _curve(unseen[person], outside)
    everything = fit(rows, elicits, weight)
    usual = float(np.mean(list(thresholds.values())))
    for family in FAMILIES:
        if FAMILIES[family]:
            flagged_here = _scores(range_wording(corpus, family, seed), everything) > usual
            figures[f"elicitation_seen_{family}_flagged"] = float(flagged_here.mean())
    for name in ("bare", "look-alike", "abroad", "own data"):  # innocents that training lacked altogether
        model = fit(rows[kind != name], elicits[kind != name], weight[kind != name])
        share = float((logits(rows[kind == name], model) > usual).mean())
        figures[f"elicitation_{name.replace(' ', '_').replace('-', '_')}_flagged"] = share
    figures |= languages(corpus)
    figures["elicitation_prompts_per_second"] = speed(corpus)
    return figures


def _scores(prompts: list[Prompt], model: Weights) -> Floats:
    return logits(matrix([prompt.text for prompt in prompts]), model) if prompts else np.zeros(0)


def _curve(benign: Floats, outside: dict[str, dict[str, Floats]]) -> dict[str, float]:
    """Share of unseen families flagged at other rates of real users' prompts, all thresholds set in hindsight."""
    figures = {}
    for rate in (0.005, 0.01, 0.014, 0.02, 0.05, 0.1):
        threshold = np.quantile(benign, 1 - rate)
        means = [
            np.mean([(parts[name] > threshold).mean() for name in ("templates", "range") if len(parts[name])])
            for parts in outside.values()
        ]
        figures[f"elicitation_unseen_flagged_at_{rate:.1%}".replace("%", "pc")] = float(np.mean(means))
    return figures


def languages(corpus: Corpus) -> dict[str, float]:
    """Share of innocents flagged by the shipped weights: by language, and by international set."""
    asked: dict[str, list[str]] = {}
    for (source, language), texts in sorted(corpus.international().items()):
        asked.setdefault(f"elicitation_benign_flagged_{language}", []).extend(texts)
        asked.setdefault(f"elicitation_benign_{source}_flagged", []).extend(texts)
    for language in grammar.LANGUAGES:
        made = [grammar.foreign(random.Random(place), language) for place in range(EACH)]
        asked[f"elicitation_everyday_flagged_{language}"] = made
    figures = {}
    for name, texts in asked.items():
        distinct = pa.array(list(dict.fromkeys(texts)), pa.string())
        if len(distinct) >= SPOKEN:
            figures[name] = float((elicitation_logits(distinct) > shipped_weights().threshold).mean())
    return figures


def speed(corpus: Corpus) -> float:
    """Prompts a second on one core with the shipped weights; median of five passes."""
    column = pa.array(corpus.turns("arena", random.Random(0)) * 10)
    elicitation_logits(column[:1000])
    passes = []
    for _ in range(5):
        start = time.perf_counter()
        elicitation_logits(column)
        passes.append(len(column) / (time.perf_counter() - start))
    return float(np.median(passes))
