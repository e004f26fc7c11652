"""What a suspect says of (context, token) pairs: the data that a radioactivity test rests on, with no key in it.

Closed box: the pairs in texts that the suspect generated, cut into the served tokenizer's tokens whatever tokenizer the
suspect has; `distributions.surplus_pairs` is the sharper form for whom the unmarked model is at hand. Open box: the
suspect's log-probabilities of given texts, or its whole next-token distributions over them. In each the same is asked
of one or more reference models, and only the difference is kept: what all models of that language say is noise to the
test.

The exactness of the tests rests on these numbers not depending on the key. So audit prompts must not hold marked text,
and audit texts (open box) must be made without a mark. Served texts are of no use there: their tokens are green
already, so that any model which finds them likelier than the reference does, or copies from them, looks guilty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.marks.colours import Ints
from stillwatch.provenance.suspects import Prompt, Suspect

Floats: TypeAlias = NDArray[np.float64]
Encode: TypeAlias = Callable[[str], Sequence[int]]

_BINS = 20  # of the reference's log-probability, within which the suspect's is centred
_CLIP = 3.0  # nats: one token's word against all others


@dataclass(frozen=True)
class Pairs:
    """Distinct (context, token) pairs, a weight each, and the number of tokens that they were gathered from.

    contexts int64[n, width], nearest token first; tokens int64[n]; weights float64[n]: a count, or how much more the
    suspect says the pair than the reference does.
    """

    contexts: Ints
    tokens: Ints
    weights: Floats
    scored: int

    @property
    def width(self) -> int:
        """Tokens in a context."""
        return int(self.contexts.shape[1])

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        """Those pairs alone, such as the ones on a layer's positions; `scored` is told of all."""
        return Pairs(self.contexts[keep], self.tokens[keep], self.weights[keep], self.scored)


def generated_pairs(prompts: Sequence[str], texts: Sequence[str], *, encode: Encode, width: int) -> Pairs:
    """Closed box: how often each pair occurs in what a model generated, as counts.

    `encode` cuts text into the served tokenizer's tokens. A text's first `width` tokens have no context of its own and
    are not scored; nor is a pair that stands in its own prompt, which the model may have copied (Sander et al.,
    arXiv 2402.14904).
    """
    gathered = [np.zeros((0, width + 1), np.int64)]
    for prompt, text in zip(prompts, texts, strict=True):
        windows = windows_of(encode(text), width)
        asked = {tuple(window) for window in windows_of(encode(prompt), width).tolist()}
        gathered.append(windows[[tuple(window) not in asked for window in windows.tolist()]])
    windows = np.concatenate(gathered)
    return _gather(windows, np.ones(len(windows)))


def excess(suspect: Pairs, reference: Pairs) -> Pairs:
    """Closed box: how much more often the suspect says a token after a context than the reference does.

    For each context that both met, the difference of the two models' shares of each token, times the harmonic number
    of meetings n m / (n + m), which is the count that such a difference is worth. A context that one of them never met
    says nothing. So frequent pairs weigh most: that is where a student inherits first. (Dividing by the root of a
    pair's count, which evens out the noise, halves the power.)
    """
    if suspect.width != reference.width:
        raise UsageError("the suspect's and the reference's pairs have contexts of different widths")
    keys = np.concatenate([_rows(suspect), _rows(reference)])
    distinct, place = np.unique(keys, axis=0, return_inverse=True)
    place = place.reshape(-1)
    mine, theirs = np.zeros(len(distinct)), np.zeros(len(distinct))
    np.add.at(mine, place[: len(suspect.tokens)], suspect.weights)
    np.add.at(theirs, place[len(suspect.tokens) :], reference.weights)
    _, context = np.unique(distinct[:, :-1], axis=0, return_inverse=True)
    context = context.reshape(-1)
    met, met_there = np.bincount(context, mine)[context], np.bincount(context, theirs)[context]
    both = (met > 0) & (met_there > 0)
    difference = np.zeros(len(distinct))
    n, m = met[both], met_there[both]
    difference[both] = (mine[both] / n - theirs[both] / m) * n * m / (n + m)
    kept = difference != 0
    return Pairs(distinct[kept, :-1], distinct[kept, -1], difference[kept], suspect.scored)


def read_pairs(
    suspect: Suspect,
    references: Sequence[Suspect],
    prompts: Sequence[Prompt],
    texts: Sequence[str],
    *,
    encode: Encode,
    width: int,
) -> Pairs:
    """Open box: how much likelier the suspect finds each token of unmarked audit texts than the references do.

    The mean difference of log-probability of tokens that the references find about equally likely is taken out (a
    weaker model finds all of them less likely), and single tokens are clipped. All models must cut text as `encode`
    does: see `require_tokenizer`.
    """
    if not references:
        raise UsageError("reading needs at least one reference model, which was not trained on what was served")
    tokens = [np.array(encode(text), np.int64) for text in texts]
    mine = _log_probabilities(suspect, prompts, texts, tokens)
    theirs = np.mean([_log_probabilities(one, prompts, texts, tokens) for one in references], axis=0)
    windows = np.concatenate([np.zeros((0, width + 1), np.int64), *(windows_of(one, width) for one in tokens)])
    inside = np.concatenate([np.zeros(0, np.bool_), *(np.arange(len(one)) >= width for one in tokens)])
    difference = np.clip(centred(mine, theirs), -_CLIP, _CLIP)
    return _gather(windows, difference[inside])


def centred(mine: Floats, theirs: Floats) -> Floats:
    """The difference mine - theirs less its mean among tokens of about the same value of `theirs`."""
    if not len(mine):
        return mine
    order = np.argsort(theirs, kind="stable")
    bins = np.empty(len(theirs), np.int64)
    bins[order] = np.arange(len(theirs)) * min(_BINS, len(theirs)) // len(theirs)
    difference = mine - theirs
    means = np.bincount(bins, difference) / np.bincount(bins)
    out: Floats = difference - means[bins]
    return out


def _log_probabilities(
    suspect: Suspect, prompts: Sequence[Prompt], texts: Sequence[str], tokens: Sequence[Ints]
) -> Floats:
    found = suspect.token_log_probabilities(prompts, texts)
    for given, cut in zip(found, tokens, strict=True):
        if len(given) != len(cut):
            raise NotComputableError(
                f"{suspect.name} gave {len(given)} log-probabilities for a text of {len(cut)} tokens: it cuts text "
                "otherwise than the served model"
            )
    return np.concatenate([np.zeros(0), *found])


def windows_of(tokens: Sequence[int] | Ints, width: int) -> Ints:
    """int64[n, width + 1]: the context of each token, nearest first, then the token."""
    cut = np.asarray(tokens, np.int64)
    if len(cut) <= width:
        return np.zeros((0, width + 1), np.int64)
    view = np.lib.stride_tricks.sliding_window_view(cut, width + 1)
    return np.concatenate([view[:, width - 1 :: -1][:, :width], view[:, width:]], axis=1)


def _gather(windows: Ints, values: Floats) -> Pairs:
    distinct, place = np.unique(windows, axis=0, return_inverse=True)
    weights: Floats = np.bincount(place.reshape(-1), values, minlength=len(distinct)).astype(np.float64)
    return Pairs(distinct[:, :-1], distinct[:, -1], weights, len(values))


def _rows(pairs: Pairs) -> Ints:
    return np.concatenate([pairs.contexts, pairs.tokens[:, None]], axis=1)
