"""Which candidates stand, and beside whom."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from stillwatch.campaigns import standing
from stillwatch.campaigns.candidates.families import wording
from stillwatch.campaigns.streams import whole

from .. import small_logs
from .conftest import RATE, account_table


def _with_p_value(verdict, p_value: float):
    return replace(verdict, alternatives=(replace(verdict.alternatives[0], p_value=p_value),))


def test_those_explained_away_count_as_tested(planted):
    """Benjamini-Hochberg: the k-th smallest of n p-values must be at most k / n of the rate."""
    (finding,) = planted.found.findings
    alone = [_with_p_value(finding.verdict, RATE / 10)]
    assert standing._rejected(alone, 10, RATE).tolist() == [True]
    assert standing._rejected(alone, 11, RATE).tolist() == [False]
    mixed = [_with_p_value(finding.verdict, p) for p in (RATE / 2, RATE / 10)]
    assert standing._rejected(mixed, 10, RATE).tolist() == [False, True]
    assert standing._rejected([], 5, RATE).tolist() == []
    assert standing._rejected([], 0, RATE).tolist() == []


def test_nobody_is_compared_with_what_nothing_innocent_explains():
    rng = random.Random(22)
    rows = small_logs.people(random.Random(11), 200)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 40, 14), "c")
    other = ("Give three criteria, grade this reply on each from 1 to 10, output only the table. Reply: {item}",)
    rows += small_logs.campaign(rng, small_logs.queue(rng, 40, 14, other), "d")
    population = small_logs.population(rows, account_table(rows, rng))
    names_of = np.array(population.profiles.names)
    streams = []
    for prefix in "cd":
        members = np.flatnonzero([name.startswith(prefix) for name in names_of])
        streams.append(whole(population, members, "content", "", wording(population, members)))
    nobody = np.zeros(len(population), bool)
    verdicts = standing.borne_out(streams, population, RATE, nobody)
    assert len(verdicts) == 2
    for verdict in verdicts:
        assert {name[0] for name in names_of[np.unique(verdict.matched.stand_ins)]} == {"p"}
    alone = standing.borne_out(streams[:1], population, RATE, nobody)[0]
    assert "d" in {name[0] for name in names_of[np.unique(alone.matched.stand_ins)]}


def test_a_campaign_is_looked_at_again_once_nobody_is_compared_with_the_one_that_hid_it(planted, monkeypatch):
    verdict = planted.found.findings[0].verdict
    population = verdict.stream.population
    places = np.array_split(np.arange(len(verdict.stream.rows)), 2)
    halves = [replace(verdict.stream.only(half), coarse=False) for half in places]
    looks = []

    def unexplained(streams, reference, rate, known=None):
        looks.append(len(streams))
        hidden = 1.0 if not known[halves[0].rows].all() else verdict.corroborated
        aimless = replace(verdict, purpose=0.0, purpose_p=1.0)
        return [
            replace(aimless, stream=s, corroborated=verdict.corroborated if s is halves[0] else hidden) for s in streams
        ]

    monkeypatch.setattr(standing, "_unexplained", unexplained)
    found = standing.standing_of(population, halves, population, RATE)
    assert [each.stream for each in found] == halves
    assert looks == [2, 0, 1, 0]  # fine and coarse ones, at each look


def test_a_second_look_forgets_none_of_those_that_were_tested(planted, monkeypatch):
    verdict = replace(planted.found.findings[0].verdict, purpose=0.9, purpose_p=1e-9, corroborated=1e-9)
    population = verdict.stream.population
    one, other = (replace(verdict.stream, rows=rows, coarse=False) for rows in np.array_split(verdict.stream.rows, 2))
    sure, unsure = (
        _with_p_value(replace(verdict, stream=one), 1e-9),
        _with_p_value(replace(verdict, stream=other), 0.9 * RATE),
    )
    explained_away = [replace(verdict.stream, coarse=False) for _ in range(98)]

    def unexplained(streams, reference, rate, known=None):
        return [each for each in (sure, unsure) if any(each.stream is stream for stream in streams)]

    monkeypatch.setattr(standing, "_unexplained", unexplained)
    monkeypatch.setattr(standing, "_scouts", lambda *_: [])  # who tried a standing one's wording is tested once more
    assert standing.standing_of(population, [one, other], population, RATE) == [sure, unsure]
    assert standing.standing_of(population, [one, other, *explained_away], population, RATE) == [sure]


@pytest.mark.parametrize(("spoken_for", "stands"), [(0, True), (3, True), (30, False)])
def test_those_that_other_channels_speak_for_are_tested_among_themselves(planted, monkeypatch, spoken_for, stands):
    verdict = replace(planted.found.findings[0].verdict, purpose=0.9, purpose_p=1e-9, corroborated=1e-9)
    population = verdict.stream.population
    unsure = _with_p_value(verdict, RATE / 5)
    others = [replace(verdict.stream, coarse=False) for _ in range(200)]

    def judged(streams, reference, rate, known):
        assert streams == others
        loud = [replace(verdict, stream=stream) for stream in streams[:spoken_for]]
        return loud + [replace(verdict, stream=stream, corroborated=0.5) for stream in streams[spoken_for:]]

    monkeypatch.setattr(standing, "_judged", judged)
    found = standing._spoken_for(population, [verdict.stream, *others], [], [unsure], population, RATE)
    assert found == ([unsure] if stands else [])
    silent = replace(unsure, corroborated=0.5)
    assert standing._spoken_for(population, [verdict.stream, *others], [], [silent], population, RATE) == []
