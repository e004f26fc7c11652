"""The tests of marks as a plan names them.

What was served with which marks is a `mark` record in the store: one an epoch, written when serving starts. A plan's
options are `prompts` (the auditor's, see `audit_prompts`; no marked text may be in them), `max_tokens`, `temperature`,
`seed`, `decoys`, `tokenizer` (folder of the served model's tokenizer; without it the first reference model's is taken),
`group` (that the suspect is said to have learnt from: its key counts beside the provider's), `samples` (answers to each
prompt: of the suspect in the closed box, one if nothing is said, and of who writes the texts in the open box, four)
and, for the open box, `texts` (one to each prompt, that carries no mark; without them the first reference model writes
them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stillwatch.errors import UsageError
from stillwatch.extras import require
from stillwatch.provenance.audit_prompts import audit_prompts
from stillwatch.provenance.local import tokenizer_id
from stillwatch.provenance.marks.attribution import attribute, both_layers, provider_pairs
from stillwatch.provenance.marks.distributions import distribution_pairs, surplus_pairs
from stillwatch.provenance.marks.pairs import Encode, Pairs, excess, generated_pairs, read_pairs
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.radioactivity import DECOYS, Layer, deduplicated_test, layers_test
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.registry import Context, provenance_test
from stillwatch.provenance.result import TestResult
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.suspects import DistributionSuspect, require_tokenizer

KIND = "mark"
_TEXTS = 4  # unmarked answers to each prompt that are read: a mark is heard after many contexts


@dataclass(frozen=True)
class MarkedEpoch:
    """One epoch's marks: where its keys come from, how they were served, and the groups that had keys."""

    epoch: str
    settings: MarkSettings
    groups: tuple[str, ...] = ()


def record_marks(store: EvidenceStore, marked: MarkedEpoch) -> int:
    """Put an epoch's marks on record, before or while they are served; the index of the record."""
    return store.add(
        KIND, {"epoch": marked.epoch, "settings": marked.settings.as_dict(), "groups": list(marked.groups)}
    )


def planned_marks(context: Context) -> list[MarkedEpoch]:
    """The epochs on record before the plan, each with its last settings; the option `epochs` narrows them."""
    wanted = context.options.get("epochs")
    found: dict[str, MarkedEpoch] = {}
    for index, record in context.store.records(KIND):
        if index < context.before and (not wanted or record["epoch"] in wanted):
            settings = MarkSettings(**record["settings"])
            found[record["epoch"]] = MarkedEpoch(record["epoch"], settings, tuple(record["groups"]))
    if not found:
        raise UsageError(
            "no marks were on record before the plan: there is no key to test. Put them on record with "
            "'stillwatch provenance mark' when serving starts"
        )
    group, known = context.options.get("group"), sorted({name for one in found.values() for name in one.groups})
    if group is not None and group not in known:
        raise UsageError(f"no group {group!r} had a key of its own; groups that had one: {', '.join(known) or 'none'}")
    return list(found.values())


def _cut(context: Context) -> tuple[Encode, str]:
    """How the served model cuts text into tokens, and the id of its tokenizer."""
    folder = context.options.get("tokenizer")
    if folder:
        transformers = require("transformers", feature="a test of marks", extra="provenance")
        tokenizer = transformers.AutoTokenizer.from_pretrained(Path(folder), local_files_only=True)

        def cut(text: str) -> Sequence[int]:
            found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
            return found

        return cut, tokenizer_id(tokenizer)
    for one in context.references:
        encode: Encode | None = getattr(one, "encode", None)
        if encode is not None:
            return encode, one.tokenizer_id
    raise UsageError(
        "a test of marks needs the served tokenizer: give the option 'tokenizer', or a local control model"
    )


def _asked(context: Context, samples: int) -> list[str]:
    """The auditor's prompts, each as often as it is answered: `samples` times where the plan does not say."""
    times = context.options.get("samples", samples)
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise UsageError(f"the option 'samples' is a whole number of answers to each prompt, not {times!r}")
    return [prompt for prompt in audit_prompts(context.options) for _ in range(times)]


def _sampling(context: Context) -> dict[str, Any]:
    options = context.options
    return {
        "max_tokens": int(options.get("max_tokens", 100)),
        "temperature": float(options.get("temperature", 1.0)),
        "seed": int(options.get("seed", 0)),
    }


def closed_counts(context: Context, width: int) -> tuple[Pairs, Pairs]:
    """What the suspect generated: counts of the pairs, and how far they exceed what the references say.

    The first control whose weights are at hand, and whose tokens are the served model's, says what it would have
    expected at each place; without one all controls are sampled in their turn, and without any the counts stand.
    """
    (encode, served), prompts, how = _cut(context), _asked(context, 1), _sampling(context)
    said = context.suspect.generate(prompts, **how)
    mine = pairs = generated_pairs(prompts, said, encode=encode, width=width)
    near = [one for one in context.references if isinstance(one, DistributionSuspect) and one.tokenizer_id == served]
    if near:
        pairs = surplus_pairs(near[:1], prompts, said, encode=encode, width=width)
    elif context.references:
        texts = [text for one in context.references for text in one.generate(prompts, **how)]
        theirs = generated_pairs(prompts * len(context.references), texts, encode=encode, width=width)
        pairs = excess(mine, theirs)
    _commit(context, "closed", pairs)
    if context.options.get("deduplicated"):
        _commit(context, "closed-counts", mine)
    return mine, pairs


def open_pairs(context: Context, width: int) -> Pairs:
    """What the suspect finds likely in unmarked texts, more than the references do.

    With all weights at hand the whole distribution at each place is read, else the token that stands there.
    """
    if not context.references:
        raise UsageError(
            "reading for a mark needs a control model that was not trained on what was served: give one with --control"
        )
    require_tokenizer(context.suspect, context.references[0].tokenizer_id)
    texts = context.options.get("texts")
    prompts = _asked(context, 1 if texts else _TEXTS)
    texts = texts or context.references[0].generate(prompts, **_sampling(context))
    if len(texts) != len(prompts):
        raise UsageError(f"the option 'texts' holds {len(texts)} answers to {len(prompts)} prompts")
    encode, _ = _cut(context)
    models = (context.suspect, *context.references)
    whole = context.options.get("whole", True) and all(isinstance(one, DistributionSuspect) for one in models)
    read = distribution_pairs if whole else read_pairs
    pairs = read(context.suspect, context.references, prompts, list(texts), encode=encode, width=width)
    _commit(context, "open", pairs)
    return pairs


def _commit(context: Context, mode: str, pairs: Pairs) -> None:
    # On record before a key is applied: nothing in it can be chosen afterwards.
    fields = {"test": f"radioactivity-{mode}", "suspect": context.suspect.name, "count": len(pairs.tokens)}
    context.record("measurement", fields | {"digest": _digest(pairs)})


def _digest(pairs: Pairs) -> str:
    digest = hashlib.sha256()
    for part in (pairs.contexts, pairs.tokens, pairs.weights):
        digest.update(part.tobytes())
    return digest.hexdigest()


def _citing(result: TestResult, pairs: Pairs) -> TestResult:
    """The result with the measurement on record that it rests on."""
    return replace(result, details={**result.details, "measurement": _digest(pairs)})


def _evidence(context: Context, pairs: Pairs, marked: MarkedEpoch, mode: str) -> TestResult:
    """The provider's key, and beside it that of the group which the suspect is said to have learnt from."""
    keys, group = MarkKeys.of(context.master.epoch(marked.epoch)), context.options.get("group")
    layers: list[Layer] = [(provider_pairs(pairs, keys, marked.settings), keys.provider())]
    if group in marked.groups:
        layers = both_layers(pairs, keys, group, marked.settings)
    result = layers_test(
        layers,
        marked.settings,
        name=f"mark of {marked.epoch}" + (f" and of group {group}" if len(layers) > 1 else "") + f", {mode}",
        seed=keys.decoys_seed(),
        decoys=int(context.options.get("decoys", DECOYS)),
    )
    return _citing(result, pairs)


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact under the key's randomness, by computation and by rank among decoy keys",
)
def radioactivity(context: Context) -> list[TestResult]:
    """The suspect's answers lean to the tokens that the provider's key favours."""
    epochs = planned_marks(context)
    measured = {width: closed_counts(context, width) for width in {one.settings.context_width for one in epochs}}
    out = []
    for one in epochs:
        counts, pairs = measured[one.settings.context_width]
        out.append(_evidence(context, pairs, one, "closed"))
        if context.options.get("deduplicated"):
            keys = MarkKeys.of(context.master.epoch(one.epoch))
            kept = provider_pairs(counts, keys, one.settings)
            name = f"mark of {one.epoch}, closed, distinct pairs"
            distinct = deduplicated_test(kept, keys.provider(), one.settings, name=name)
            out.append(_citing(distinct, counts))
    return out


@provenance_test(
    "evidence",
    needs=KIND,
    guarantee="exact as for radioactivity; more powerful, and needs log-probabilities",
)
def radioactivity_open(context: Context) -> list[TestResult]:
    """In unmarked texts, the suspect finds the tokens that the provider's key favours too likely."""
    epochs = planned_marks(context)
    measured = {width: open_pairs(context, width) for width in {one.settings.context_width for one in epochs}}
    return [_evidence(context, measured[one.settings.context_width], one, "open") for one in epochs]


@provenance_test("attribution", needs=KIND, guarantee="exact for each group; Holm over all groups that had a key")
def marks_by_group(context: Context) -> list[TestResult]:
    """The suspect leans to the tokens that one group's key favours."""
    epochs = [one for one in planned_marks(context) if one.groups]
    if not epochs:
        raise UsageError("no group had a key of its own: there is nothing to attribute to")
    mode = context.options.get("mode", "closed")
    if mode not in ("closed", "open"):
        raise UsageError(f"the option 'mode' is 'closed' or 'open', not {mode!r}")
    out: list[TestResult] = []
    for one in epochs:
        width = one.settings.context_width
        pairs = open_pairs(context, width) if mode == "open" else closed_counts(context, width)[1]
        keys = MarkKeys.of(context.master.epoch(one.epoch))
        decoys = int(context.options.get("decoys", 100_000))
        found = attribute(pairs, keys, one.groups, one.settings, decoys=decoys)
        out += [_citing(result, pairs) for result in found]
    return out
