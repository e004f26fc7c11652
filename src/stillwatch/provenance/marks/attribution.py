"""Attribution: whose outputs the suspect learnt from, by the keys of groups and accounts.

Reported apart from the evidence: "trained on served outputs" rests on the provider's key alone. Each group's key is
tested on the group layer's positions only, so a suspect that learnt from one group's outputs, or from the provider's
mark, is still innocent to the key of another: the tests are exact for each group, and Holm over all groups tested
bounds the chance of naming any group wrongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stillwatch.provenance.holm import holm
from stillwatch.provenance.marks.pairs import Pairs
from stillwatch.provenance.marks.positions import MarkKeys, group_positions
from stillwatch.provenance.marks.radioactivity import Layer, radioactivity_test
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.result import TestResult


def provider_pairs(pairs: Pairs, keys: MarkKeys, settings: MarkSettings) -> Pairs:
    """The pairs on the positions that the provider's key marks."""
    return pairs.where(~group_positions(pairs.contexts, router=keys.router(), settings=settings))


def group_pairs(pairs: Pairs, keys: MarkKeys, settings: MarkSettings) -> Pairs:
    """The pairs on the positions that groups' keys mark."""
    return pairs.where(group_positions(pairs.contexts, router=keys.router(), settings=settings))


def both_layers(pairs: Pairs, keys: MarkKeys, group: str, settings: MarkSettings) -> list[Layer]:
    """The layers that marked what a group was served: the provider's, and the group's own."""
    return [
        (provider_pairs(pairs, keys, settings), keys.provider()),
        (group_pairs(pairs, keys, settings), keys.group(group)),
    ]


def attribute(
    pairs: Pairs, keys: MarkKeys, groups: Sequence[str], settings: MarkSettings, *, decoys: int = 100_000
) -> list[TestResult]:
    """Test each group's key on all the suspect's pairs; `details["corrected_p_value"]` is Holm over these groups."""
    kept = group_pairs(pairs, keys, settings)
    results = [
        radioactivity_test(
            kept, keys.group(group), settings, name=f"mark of group {group}", seed=keys.decoys_seed(), decoys=decoys
        )
        for group in groups
    ]
    corrected = holm([one.p_value for one in results])
    return [
        replace(one, details={**one.details, "corrected_p_value": p, "groups_tested": len(groups)})
        for one, p in zip(results, corrected, strict=True)
    ]
