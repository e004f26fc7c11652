"""Whole distributions: the suspect's over unmarked audit texts (open box), or a reference's over what the suspect said.

**Open box.** `read_pairs` hears the suspect on one token a place, the one that stands there. A suspect whose weights
are at hand says of every token how likely it finds it, and a mark is a shift of these chances: at each place the
difference of the suspect's and the reference's is taken for the tokens that either finds likeliest, and gathered by
(context, token). What makes it exact is what makes `read_pairs` exact: prompts, texts and models that don't depend on
the key.

**Closed box.** The unmarked model is the provider's own, so it need not be sampled to know what it would have said in
the suspect's place: each token that the suspect wrote is compared with the chances that the reference gave to all of
them there. `excess` has the reference's sampling noise on top of the suspect's, and hears only contexts that both met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import UsageError
from stillwatch.provenance.errors import NotComputableError
from stillwatch.provenance.marks.pairs import Encode, Floats, Pairs, windows_of
from stillwatch.provenance.suspects import DistributionSuspect, Prompt, Suspect, as_messages

_LIKELIEST = 32  # tokens a model and place
_TEXTS = 16  # whole distributions are large: texts asked at once


def distribution_pairs(
    suspect: Suspect,
    references: Sequence[Suspect],
    prompts: Sequence[Prompt],
    texts: Sequence[str],
    *,
    encode: Encode,
    width: int,
    progress: Callable[[int, int], None] | None = None,
) -> Pairs:
    """How much likelier the suspect finds each token after each context than the references do, over unmarked texts.

    The weight of a pair is the sum over its places of the difference of probabilities. (Dividing it by the root of the
    summed probability, which evens out what models differ by anyway, loses a third of the power: a mark moves likely
    tokens most.) Raises `NotComputableError` where a model gives no distributions, or cuts text otherwise than
    `encode`.
    """
    if not references:
        raise UsageError("reading needs at least one reference model, which was not trained on what was served")
    models = [_with_distributions(one) for one in (suspect, *references)]
    windows: list[NDArray[np.int64]] = [np.zeros((0, width + 1), np.int64)]
    differences: list[Floats] = [np.zeros(0)]
    places = 0
    whose = f"{suspect.name} or a reference cuts text otherwise than the served model"
    for start in range(0, len(texts), _TEXTS):
        for _, tokens, given in _heard(models, prompts, texts, start, encode, whose):
            for place in range(width, len(tokens)):
                mine = given[0][place]
                theirs = [one[place] for one in given[1:]]
                chosen = np.unique(np.concatenate([_likeliest(one) for one in (mine, *theirs)]))
                p = np.exp(mine[chosen], dtype=np.float64)
                q = np.mean([np.exp(one[chosen], dtype=np.float64) for one in theirs], axis=0)
                context = np.broadcast_to(tokens[place - width : place][::-1], (len(chosen), width))
                windows.append(np.concatenate([context, chosen[:, None]], axis=1))
                differences.append(p - q)
                places += 1
        if progress:
            progress(min(start + _TEXTS, len(texts)), len(texts))
    return _gathered(windows, differences, places)


def surplus_pairs(
    references: Sequence[Suspect],
    prompts: Sequence[Prompt],
    texts: Sequence[str],
    *,
    encode: Encode,
    width: int,
) -> Pairs:
    """How much more often a suspect said each token after each context than the references expected where it did.

    `texts` are the suspect's answers. A place adds, for the token that stands there and those that a reference finds
    likeliest, whether it was said less its chance: what is summed has mean zero for a suspect that answers as the
    references do, at every place. Pairs that stand in their own prompt are left out, as in `generated_pairs`. Raises
    `NotComputableError` where a reference gives no distributions, or cuts text otherwise than `encode`.
    """
    if not references:
        raise UsageError("a surplus needs at least one reference model, which was not trained on what was served")
    models = [_with_distributions(one) for one in references]
    windows: list[NDArray[np.int64]] = [np.zeros((0, width + 1), np.int64)]
    differences: list[Floats] = [np.zeros(0)]
    places = 0
    whose = f"{references[0].name} or another reference cuts text otherwise than we do"
    for start in range(0, len(texts), _TEXTS):
        for at, tokens, given in _heard(models, prompts, texts, start, encode, whose):
            asked = _in_prompt(prompts[at], encode, width)
            for place in range(width, len(tokens)):
                before = tokens[place - width : place][::-1]
                if (*before.tolist(), int(tokens[place])) in asked:
                    continue
                theirs = [one[place] for one in given]
                chosen = np.union1d(np.concatenate([_likeliest(one) for one in theirs]), tokens[place])
                chances = np.mean([np.exp(one[chosen], dtype=np.float64) for one in theirs], axis=0)
                windows.append(np.concatenate([np.broadcast_to(before, (len(chosen), width)), chosen[:, None]], axis=1))
                differences.append((chosen == tokens[place]) - chances)
                places += 1
    return _gathered(windows, differences, places)


def _gathered(windows: Sequence[NDArray[np.int64]], differences: Sequence[Floats], places: int) -> Pairs:
    """The distinct pairs of these windows, each with the sum of its differences."""
    distinct, where = np.unique(np.concatenate(windows), axis=0, return_inverse=True)
    weights = np.bincount(where.reshape(-1), np.concatenate(differences), minlength=len(distinct)).astype(np.float64)
    return Pairs(distinct[:, :-1], distinct[:, -1], weights, places)


def _heard(
    models: Sequence[DistributionSuspect],
    prompts: Sequence[Prompt],
    texts: Sequence[str],
    start: int,
    encode: Encode,
    whose: str,
) -> Iterator[tuple[int, NDArray[np.int64], list[NDArray[np.float32]]]]:
    """Of some texts from `start` on: which it is, its tokens, and every model's distributions over its places.

    Raises `NotComputableError`, saying `whose`, where a model cuts a text otherwise than `encode`.
    """
    part = slice(start, start + _TEXTS)
    answers = [model.next_token_log_probabilities(prompts[part], texts[part]) for model in models]
    for i, text in enumerate(texts[part]):
        tokens = np.array(encode(text), np.int64)
        given = [answer[i] for answer in answers]
        if any(len(one) != len(tokens) for one in given):
            raise NotComputableError(whose)
        yield start + i, tokens, given


def _in_prompt(prompt: Prompt, encode: Encode, width: int) -> set[tuple[int, ...]]:
    """The pairs in a prompt: context, nearest token first, then the token."""
    rows = [windows_of(encode(message["content"]), width) for message in as_messages(prompt)]
    return {tuple(row) for row in np.concatenate(rows).tolist()}


def _with_distributions(suspect: Suspect) -> DistributionSuspect:
    if not isinstance(suspect, DistributionSuspect):
        raise NotComputableError(f"{suspect.name} gives no distributions over the next token: use read_pairs")
    return suspect


def _likeliest(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    count = min(_LIKELIEST, len(scores))
    return np.argpartition(scores, len(scores) - count)[len(scores) - count :].astype(np.int64)
