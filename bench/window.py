"""Windows of anonymous prompts, a share of them an attacker's: Stillwatch beside MMD (arXiv 2606.05725), same windows.

Benign populations are real users' prompts: `people` (chat, developers, role players, abusive dialogue) and `products`
(bank, assistant and search queries). Attackers send one of eleven sets of distillation prompts: bare questions of seven
sets, and the public templates of four projects filled with items. Nothing here was trained on prompts but the
elicitation classifier, which for this benchmark is trained without any of the eleven sets and without the users of the
population under test. Reference and tested windows are different prompts. Case, punctuation, layout and numbers are
masked for both detectors. Shares are 5, 10, 25, 50 and 100 %; `avg_tpr` is the mean over shares, attackers and
populations at a rate of 0.3 %, `fpr` the share of benign windows flagged.

The `mmd_` twin has its threshold set in hindsight, on the very benign windows that are tested, so that it flags 0.3 %
of them: more than a user could do for it. `mmd_published_` has the threshold of the paper, `mmd_matched_` that of its
own score on reference windows; both may flag more than 0.3 %, see their `fpr`. `share_error` is the mean absolute error
of the estimated share, `share_low_holds` how often its lower bound is below the truth.

Takes about ten minutes on one core; --small, under a minute, one population, window size 100 alone.
"""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import vstack

from bench import mmd
from bench.elicit.corpus import BENIGN_GROUPS, TEMPLATES, Corpus, fill
from bench.elicit.fit import INNOCENT, PEOPLE, fit, matrix, training_prompts, weights_of
from bench.embeddings import embed, mask
from bench.worlds import SHARED_PROMPTS, Options
from stillwatch.profile.elicitation.score import Weights
from stillwatch.windows.baseline import Baseline, Scored, calibrate, score
from stillwatch.windows.baseline import measure as measure_windows
from stillwatch.windows.features import read_prompts
from stillwatch.windows.share import foreign_share

POPULATIONS = {"people": PEOPLE, "products": BENIGN_GROUPS["products"][:3]}
BARE = ("math_word", "reasoning_tasks", "math_contest", "instructions", "code_tasks", "tool_calls", "grading")
ITEMS = ("math_word", "reasoning_tasks", "code_tasks")
OTHER_ITEMS = ("exam_mmlu", "exam_bbh", "swe_tasks")  #: what the classifier's wordings are put around here
SHARES = (0.05, 0.1, 0.25, 0.5, 1.0)
RATE = 0.003
TESTED = 20  #: windows a share, attacker and population
BENIGN = 700  #: benign windows a population
CAP = 5000  #: prompts of one set
MOST = 4500  #: prompts that windows are drawn from, and that MMD compares them with
LONGEST = 2000  #: characters of a prompt that are embedded
Rows = npt.NDArray[np.int64]


def measure(options: Options) -> dict[str, float]:
    corpus, seed = Corpus(options.prompts or SHARED_PROMPTS), options.seed or 1
    dice = random.Random(seed)
    attackers = {name: corpus.turns(name, dice, 1600) for name in BARE}
    items = [text for name in ITEMS for text in corpus.turns(name, dice, 1500)]
    for name in TEMPLATES:
        templates = [talk[0] for talk in corpus.read(name)]
        attackers[name] = list(dict.fromkeys(fill(dice, dice.choice(templates), items) for _ in range(1600)))
    if options.small:
        attackers = {name: attackers[name][:400] for name in ("math_word", "judge_templates")}
    masked = {name: [mask(text) for text in texts] for name, texts in attackers.items()}
    sizes = (100,) if options.small else (1500, 100)
    found: dict[str, list[float]] = {}
    for name, sources in list(POPULATIONS.items())[: 1 if options.small else None]:
        benign = [mask(text) for source in sources for text in corpus.turns(source, dice, CAP)]
        if options.small:
            benign = dice.sample(benign, 2000)
        model = _classifier(corpus, seed, name, options.small)
        for size in sizes:
            _measure(found, name, benign, masked, size, model, np.random.default_rng(seed), options.small)
    return {name: float(np.mean(values)) for name, values in found.items()}


def _classifier(corpus: Corpus, seed: int, population: str, small: bool) -> Weights:
    """The elicitation classifier without anything that the windows hold."""
    prompts = [
        prompt
        for prompt in training_prompts(corpus, random.Random(seed), 100 if small else 1500, OTHER_ITEMS)
        if prompt.source not in (*TEMPLATES, "grading", *BARE) and prompt.source not in POPULATIONS[population]
    ]
    elicits = np.array([prompt.kind not in INNOCENT for prompt in prompts])
    return fit(matrix([prompt.text for prompt in prompts]), elicits, weights_of(prompts))


def _measure(
    found: dict[str, list[float]],
    population: str,
    benign: list[str],
    attackers: dict[str, list[str]],
    size: int,
    model: Weights,
    rng: np.random.Generator,
    small: bool,
) -> None:
    """Add the figures of one population and window size to `found`."""

    def note(name: str, value: float, *more: str) -> None:
        for key in (name, *more):
            found.setdefault(key, []).append(value)

    order = rng.permutation(len(benign))
    cut = int(0.65 * len(benign))
    known, fresh = ([benign[row] for row in part] for part in (order[:cut], order[cut:][:MOST]))
    baseline = calibrate(read_prompts(pa.array(known), model), size=size, windows=400 if small else 1200, seed=1)
    ours = score(baseline.usual, read_prompts(pa.array(fresh), model))
    reference = embed(pa.array(known[:MOST]), LONGEST)
    theirs = mmd.calibrate(reference, size, rng)
    points = embed(pa.array(fresh), LONGEST)
    gram, across = mmd.kernel(points, points, theirs.median), mmd.kernel(points, reference, theirs.median)

    rows = np.stack([rng.permutation(len(fresh))[:size] for _ in range(200 if small else BENIGN)])
    key = f"window_{size}"
    note(f"{key}_fpr", _flagged(baseline, ours, rows), f"{key}_{population}_fpr")
    scores = theirs.scores(gram, across, rows)
    thresholds = {
        "mmd_": float(np.quantile(scores, 1 - RATE)),
        "mmd_published_": theirs.published,
        "mmd_matched_": theirs.matched,
    }
    for prefix, threshold in thresholds.items():
        note(f"{prefix}{key}_fpr", float((scores > threshold).mean()))

    for attacker, texts in attackers.items():
        both = _join(ours, score(baseline.usual, read_prompts(pa.array(texts), model)))
        more = embed(pa.array(texts), LONGEST)
        side = mmd.kernel(points, more, theirs.median)
        whole = np.block([[gram, side], [side.T, mmd.kernel(more, more, theirs.median)]])
        to_reference = np.concatenate([across, mmd.kernel(more, reference, theirs.median)])
        for share in SHARES:
            count = round(share * size)
            rows = np.stack([_mixed(rng, len(fresh), len(texts), size, count) for _ in range(TESTED)])
            flagged = _flagged(baseline, both, rows)
            at = f"{share:.0%}".replace("%", "pct")
            names = (
                f"{key}_{at}_tpr",
                f"{key}_{population}_avg_tpr",
                f"{key}_{population}_{at}_tpr",
                f"{key}_{attacker}_tpr",
            )
            note(f"{key}_avg_tpr", flagged, *names)
            scores = theirs.scores(whole, to_reference, rows)
            for prefix, threshold in thresholds.items():
                caught = float((scores > threshold).mean())
                note(f"{prefix}{key}_avg_tpr", caught, *(prefix + name for name in names))
            estimate, low = foreign_share(baseline, both.terms[rows[0]])
            note(f"{key}_share_error", abs(estimate - share))
            note(f"{key}_share_low_holds", float(low <= share))


def _flagged(baseline: Baseline, prompts: Scored, rows: Rows) -> float:
    return float((baseline.p_values(measure_windows(baseline.usual, prompts, rows)) <= RATE).mean())


def _mixed(rng: np.random.Generator, benign: int, foreign: int, size: int, count: int) -> Rows:
    """Rows of a window with `count` prompts of an attacker, who repeats himself only where his set is too small."""
    own = rng.permutation(foreign)[:count] if foreign >= count else rng.integers(0, foreign, count)
    return np.concatenate([rng.permutation(benign)[: size - count], benign + own])


def _join(left: Scored, right: Scored) -> Scored:
    return Scored(
        vstack([left.terms, right.terms]).tocsr(),
        np.concatenate([left.points, right.points]),
        np.concatenate([left.scores, right.scores], axis=1),
    )
