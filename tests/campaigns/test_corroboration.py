"""What speaks for a candidate beside what linked it."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from stillwatch.campaigns.candidates.families import REUSED, in_common
from stillwatch.campaigns.corroboration import (
    AFAR,
    AT_ONCE,
    CERTAIN,
    CORROBORATED_LIGHTLY,
    FIRM,
    IN_COMMON,
    SECOND,
    SHOWN,
    SOME,
    caution,
    corroboration,
)
from stillwatch.campaigns.verdict import MAINLY, MOSTLY, NO_STRANGERS


def test_a_place_in_common_does_not_speak_for_those_who_ask_as_anybody_does(planted):
    (finding,) = planted.found.findings
    verdict = finding.verdict
    assert verdict.corroborated_afar <= AFAR
    aimless = replace(verdict, purpose=0.0, purpose_p=1.0, corroborated=1e-9)
    assert corroboration(aimless)
    assert not corroboration(replace(aimless, corroborated_afar=0.5))
    assert corroboration(replace(aimless, corroborated_afar=0.5, purpose_p=1e-9))


def test_what_neighbours_have_in_common_is_left_out_of_what_speaks_from_afar(planted):
    verdict = planted.found.findings[0].verdict
    tested = [
        min(1.0, len(far) * far[0].p_value)
        for found in verdict.comparisons.values()
        if (far := [c for c in found if c.signal.name not in ("shared_address", "shared_network", "synchrony")])
    ]
    assert tested and len(tested) < sum(map(len, verdict.comparisons.values()))
    together = float(chi2.sf(-2 * np.log(tested).sum(), 2 * len(tested)))
    assert verdict.corroborated_afar == pytest.approx(min(1.0, 2 * min(len(tested) * min(tested), together)))


def test_who_asks_as_anybody_does_has_to_be_corroborated_more_surely(planted):
    verdict = planted.found.findings[0].verdict
    weak = replace(verdict, stream=replace(verdict.stream, coarse=False), corroborated=5e-4)
    assert corroboration(replace(weak, purpose=0.5, purpose_p=1e-9)) == "channels"
    aimless = replace(weak, purpose=0.0, purpose_p=1.0)
    assert not corroboration(aimless)
    assert corroboration(replace(aimless, corroborated=1e-6)) == "channels"


def test_what_rests_on_what_is_asked_alone_comes_with_a_caution(planted):
    (finding,) = planted.found.findings
    alone = replace(finding.verdict, corroborated=1.0, corroborated_afar=1.0, purpose=0.9, purpose_p=1e-9)
    assert corroboration(finding.verdict) == "channels" and caution(finding.verdict) is None
    assert corroboration(alone) == "purpose" and "Customers of one product" in caution(alone)
    aimless = replace(alone, purpose=0.1, purpose_p=1.0)
    assert corroboration(aimless) is caution(aimless) is None


def test_who_is_odd_among_them_counts_where_nothing_but_what_they_ask_speaks(planted, monkeypatch):
    verdict = planted.found.findings[0].verdict
    asked = replace(verdict, purpose=0.99, purpose_p=1e-15, corroborated=1.0, corroborated_afar=1.0)
    for p_value, spoken in ((1e-15, "purpose"), (1e-3, None)):
        monkeypatch.setattr("stillwatch.campaigns.corroboration.interchangeable", lambda _, p=p_value: p)
        assert corroboration(asked) == spoken
    assert corroboration(replace(asked, corroborated=1e-12)) == "channels"


def test_what_nearly_half_of_the_prompts_ask_for_speaks_whoever_asks_for_it_beside_them(planted):
    verdict = planted.found.findings[0].verdict
    assert verdict.explained <= CERTAIN
    asked = replace(verdict, corroborated=1.0, corroborated_afar=1.0, purpose=MOSTLY, purpose_p=1.0)
    assert corroboration(asked) == "purpose" and "Customers of one product" in caution(asked)
    assert not corroboration(replace(asked, purpose=MOSTLY - 0.01))
    unsure = replace(verdict.alternatives[0], p_value=10 * CERTAIN)
    assert not corroboration(replace(asked, alternatives=(unsure, *verdict.alternatives[1:])))
    assert not corroboration(replace(asked, stream=replace(verdict.stream, channel="infrastructure")))


def test_some_prompts_in_a_frame_that_most_have_say_what_they_are_for_whatever_linked_them(planted):
    verdict = planted.found.findings[0].verdict
    by_likeness = replace(verdict.stream, why="prompts that don't tell accounts apart", coarse=False)
    assert in_common(by_likeness) >= IN_COMMON
    some = replace(verdict, stream=by_likeness, corroborated=1.0, corroborated_afar=1.0, purpose=0.2, purpose_p=1e-9)
    assert corroboration(some) == "purpose"
    assert not corroboration(replace(some, purpose_p=0.1))
    assert not corroboration(replace(some, purpose=0.15))  # a few of the passages that people paste into a plugin
    assert not corroboration(replace(some, stream=replace(by_likeness, wording=by_likeness.wording[:0])))
    assert not corroboration(replace(some, stream=replace(by_likeness, channel="infrastructure")))


def test_for_a_family_of_many_frames_only_its_purpose_or_what_strangers_never_have_in_common_speaks(
    planted, monkeypatch
):
    verdict = planted.found.findings[0].verdict
    coarse = replace(verdict, stream=replace(verdict.stream, coarse=True, why=REUSED), purpose=0.9, purpose_p=1e-9)
    coarse = replace(coarse, corroborated=1e-9, corroborated_afar=1e-9)
    some = replace(coarse, purpose=MAINLY - 0.01)
    assert corroboration(coarse) == corroboration(some) == "channels"
    monkeypatch.setattr("stillwatch.campaigns.corroboration.in_common", lambda _: IN_COMMON - 0.01)
    assert corroboration(coarse) == "purpose" and not corroboration(some)
    unsure = replace(verdict.alternatives[0], p_value=10 * FIRM)
    assert not corroboration(replace(coarse, alternatives=(unsure, *verdict.alternatives[1:])))
    assert corroboration(replace(some, corroborated_afar=NO_STRANGERS)) == "channels"
    assert corroboration(replace(some, stream=replace(some.stream, coarse=False))) == "channels"


def test_what_few_prompts_ask_for_speaks_for_nothing(planted):
    verdict = planted.found.findings[0].verdict
    population = copy(verdict.stream.population)
    vars(population)["sampled"] = np.minimum(population.sampled, SHOWN - 1)
    few = replace(verdict, stream=replace(verdict.stream, population=population))
    firmly = replace(verdict.alternatives[0], p_value=FIRM)
    asked = {"corroborated": 1.0, "purpose": 0.9, "purpose_p": 1e-9, "alternatives": (firmly,)}
    assert corroboration(replace(verdict, **asked)) == "purpose" and not corroboration(replace(few, **asked))
    assert not corroboration(replace(few, **asked | {"purpose": 0.99}))
    by_payers = replace(few, stream=replace(few.stream, channel="infrastructure"))
    assert corroboration(replace(by_payers, **asked | {"purpose": 0.99})) == "purpose"
    surely = {"alternatives": (replace(firmly, p_value=CERTAIN),)}
    assert corroboration(replace(few, **asked | surely | {"purpose": MOSTLY})) == "purpose"
    assert not corroboration(replace(few, **asked | surely | {"purpose": MOSTLY - 0.01}))
    aimless = {"corroborated": 1e-6, "purpose": 0.0, "purpose_p": 1.0}
    assert corroboration(replace(verdict, **aimless)) and not corroboration(replace(few, **aimless))
    assert corroboration(replace(few, **aimless | {"corroborated": 1e-12})) == "channels"
    first, *others = sorted((c for found in verdict.comparisons.values() for c in found), key=lambda c: c.p_value)
    alone = {"one": (first, *(replace(c, p_value=2 * SECOND) for c in others))}
    assert not corroboration(replace(few, **aimless | {"corroborated": 1e-12, "comparisons": alone}))
    assert corroboration(replace(verdict, **aimless | {"corroborated": 1e-12, "comparisons": alone})) == "channels"


def test_one_thing_in_common_does_not_speak_for_those_who_ask_as_anybody_does_unless_nothing_else_can_be(planted):
    """Agencies of one trade: each pays for its people, and what they ask differs by trade, not by person."""
    verdict = planted.found.findings[0].verdict
    first, *others = sorted((c for found in verdict.comparisons.values() for c in found), key=lambda c: c.p_value)
    one = {"one": (first, *(replace(c, p_value=2 * SECOND) for c in others))}
    aimless = replace(verdict, corroborated=1e-8, purpose=0.0, purpose_p=1.0, comparisons=one)
    unsure = (replace(verdict.alternatives[0], p_value=10 * CERTAIN), *verdict.alternatives[1:])
    assert verdict.explained <= CERTAIN and corroboration(aimless) == "channels"
    assert corroboration(replace(aimless, alternatives=unsure)) is None
    two = {"two": (*one["one"], replace(first, p_value=SECOND))}
    assert corroboration(replace(aimless, alternatives=unsure, comparisons=two)) == "channels"
    assert corroboration(replace(aimless, alternatives=unsure, purpose_p=1e-9)) == "channels"


def test_one_thing_in_common_comes_with_a_caution_where_little_was_asked(planted):
    verdict = planted.found.findings[0].verdict
    population = copy(verdict.stream.population)
    vars(population)["sampled"] = np.minimum(population.sampled, SHOWN - 1)
    few = replace(verdict, stream=replace(verdict.stream, population=population))
    first, *others = sorted((c for found in verdict.comparisons.values() for c in found), key=lambda c: c.p_value)
    told = {"corroborated": 1e-12, "purpose": 0.6, "purpose_p": 1e-9}
    one = {"one": (first, *(replace(c, p_value=0.4) for c in others))}
    two = {"two": (*one["one"], replace(first, p_value=SECOND))}
    alone = replace(few, comparisons=one, **told)
    assert corroboration(alone) == "channels" and "one thing alone" in caution(alone)
    assert caution(replace(few, comparisons=two, **told)) is None
    # Not so of those who ask enough to show matters of their own, or for answers and nothing else.
    assert caution(replace(verdict, comparisons=one, **told)) is None
    assert caution(replace(few, comparisons=one, **told | {"purpose": 0.99})) is None


def test_payers_whose_customers_ask_as_anybody_does_have_to_leave_no_explanation(planted):
    verdict = planted.found.findings[0].verdict
    stream = replace(verdict.stream, channel="infrastructure", coarse=True)
    weak = replace(verdict.alternatives[0], p_value=10 * FIRM)
    aimless = replace(verdict, stream=stream, purpose=0.0, purpose_p=1.0, corroborated=1e-9)
    assert not corroboration(replace(aimless, channel_p={"content": 0.1})), "what they ask is anybody's"
    aimless = replace(aimless, channel_p={"content": 1e-9})
    assert corroboration(aimless) == "channels"
    assert not corroboration(replace(aimless, alternatives=(weak, *verdict.alternatives[1:])))
    by_content = replace(aimless, stream=verdict.stream, alternatives=(weak, *verdict.alternatives[1:]))
    assert corroboration(by_content) == "channels"


def test_those_who_came_together_have_to_say_what_for(planted):
    verdict = planted.found.findings[0].verdict
    together = replace(verdict, stream=replace(verdict.stream, channel="timing"), purpose=0.9, purpose_p=1e-9)
    assert corroboration(together) == "purpose"
    assert "at one time" in caution(together)
    assert corroboration(replace(together, purpose=SOME)) == "purpose"
    assert not corroboration(replace(together, purpose=SOME - 0.01))
    assert caution(replace(together, purpose=SOME - 0.01)) is None
    assert not corroboration(replace(together, purpose_p=0.2))
    weak = replace(verdict.alternatives[0], p_value=10 * AT_ONCE)
    assert not corroboration(replace(together, alternatives=(weak, *verdict.alternatives[1:])))


def test_a_burst_on_one_subject_speaks_where_nobody_has_concerns_of_their_own(planted):
    verdict = planted.found.findings[0].verdict
    together = replace(verdict, stream=replace(verdict.stream, channel="timing"), purpose=0.0, purpose_p=1.0)
    alike = replace(together, channel_p={"content": CORROBORATED_LIGHTLY})
    assert corroboration(alike) == "channels" and "at one time" in caution(alike)
    assert not corroboration(replace(alike, channel_p={"content": 10 * CORROBORATED_LIGHTLY, "usage": 1e-15}))
    weak = replace(verdict.alternatives[0], p_value=10 * FIRM)
    assert not corroboration(replace(alike, alternatives=(weak, *verdict.alternatives[1:])))
