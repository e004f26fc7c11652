"""What each request says: which segments it is made of, by the recipe of its account or the frames of its campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.range import grammar
from stillwatch.range.stream.hours import Rows
from stillwatch.range.stream.kernels import BARE, LOWER, SLIP, SLOTS, WHOLE, Bytes, Seeds, mix
from stillwatch.range.stream.population import Population
from stillwatch.range.stream.recipes import RECIPES, Recipe
from stillwatch.range.stream.segments import CONCERNS, Span, Texts, no_segments
from stillwatch.range.stream.spec import Stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
FRONT, DOCUMENTS, CONTEXT, ITEM, MORE, HABIT, BACK = 0, 1, 7, 8, 9, 10, 11
FRAMED = np.isin(np.arange(SLOTS), (FRONT, BACK))
_OWN_FRAMES = 4  #: of a campaign; the others of its bank reword them
_REWORDED = 0.15


@dataclass(slots=True)
class Wording:
    """The segments of many requests, and what they are filled and typed with."""

    segments: npt.NDArray[np.int32]
    row_seed: Seeds
    frame_seed: Seeds
    word_seed: Seeds
    concern: npt.NDArray[np.int16]
    flags: Bytes
    system: npt.NDArray[np.int32]  #: segment of the system prompt, -1 for none
    mission: Bools


class Writer:
    """Chooses segments for requests."""

    def __init__(self, texts: Texts, population: Population, campaigns: Sequence[Stream]) -> None:
        self._texts, self._population, self._campaigns = texts, population, campaigns
        self._spans = [[self._about(names) for names in recipe.about] for recipe in RECIPES]
        self._work = [self._about(one.sources) for one in campaigns]

    def _about(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """(begin, count) of the topics of some prompt sets; those of all chat where none is there."""
        topics = self._texts.topics
        found = [span for name in names for span in topics.get(name, ()) if span.count]
        if names and not found:
            found = [span for span in topics["chat"] if span.count]
        return np.array([(span.begin, span.count) for span in found], dtype=np.int64).reshape(-1, 2)

    def word(self, rows: Rows, rng: np.random.Generator) -> Wording:
        """The wording of the requests."""
        people, account = self._population, rows.account
        count = len(rows)
        row_seed = mix(rng.integers(0, 2**63, count, dtype=np.uint64))
        campaign = people.numbers["campaign"][account]
        recipe = people.numbers["recipe"][account]
        mission = campaign >= 0
        for number, one in enumerate(self._campaigns):
            if one.innocent:  # whole conversations are innocent
                mission &= (campaign != number) | (
                    mix(rows.conversation, 9) % np.uint64(1000) >= int(1000 * one.innocent)
                )
        made = Wording(
            segments=no_segments(count),
            row_seed=row_seed,
            frame_seed=people.frame_seed[account],
            word_seed=people.word_seed[account],
            concern=people.numbers["concern"][account].astype(np.int16),
            flags=np.zeros(count, dtype=np.uint8),
            system=np.full(count, -1, dtype=np.int32),
            mission=mission,
        )
        block = np.where(mission, len(RECIPES) + campaign, recipe)
        order = np.argsort(block, kind="stable")
        edges = np.searchsorted(block[order], np.arange(len(RECIPES) + len(self._campaigns) + 1))
        for number in range(len(RECIPES) + len(self._campaigns)):
            at = order[edges[number] : edges[number + 1]]
            if not len(at):
                continue
            if number < len(RECIPES):
                self._innocent(number, at, rows, made, rng)
            else:
                self._work_items(number - len(RECIPES), at, made, rng)
        return made

    # -- innocent --------------------------------------------------------------------------------------------------

    def _innocent(self, number: int, at: Ints, rows: Rows, made: Wording, rng: np.random.Generator) -> None:
        recipe, people, texts = RECIPES[number], self._population, self._texts
        account, talk, position = rows.account[at], rows.conversation[at], rows.position[at]
        opening = position == 0
        draw = rng.random((9, len(at)), dtype=np.float32)
        own = mix(talk, 11) if recipe.crowd else people.seed[account]
        if recipe.crowd:
            made.word_seed[at] = own
            made.frame_seed[at] = mix(talk, 12)
            made.concern[at] = (mix(talk, 13) % np.uint64(CONCERNS)).astype(np.int16)
        segments = no_segments(len(at))
        if recipe.about[0]:
            talked = self._conversations(number, recipe, account, own, talk, rng)
            turn = position < texts.turns[talked]
            segments[:, ITEM] = np.where(turn, texts.first[talked] + position, -1)
            unit = (mix(talk, 14) >> np.uint64(40)).astype(np.float32) / 2**24
            fresh = unit < people.shares["fresh"][account]
            self._fresh(segments, fresh & opening, draw)
            if recipe.kind == "ci_agent":
                self._pick(segments, ITEM, ~opening & (draw[0] < 0.6), "tool_step", draw[1])
            self._follow(segments, ~opening & (fresh | ~turn), draw)
            self._abroad(segments, people.numbers["language"][account], draw)
            self._vary(recipe, segments, opening, at, account, made, talked, draw)
        if recipe.documents[1]:
            self._documents(recipe, segments, rng)
        self._framed(recipe, segments, opening, people.frame_seed[account], own, at, draw, made)
        made.segments[at] = segments

    def _conversations(
        self, number: int, recipe: Recipe, account: Ints, own: Seeds, talk: Seeds, rng: np.random.Generator
    ) -> Ints:
        """The conversation of real prompts that each request belongs to."""
        people = self._population
        alternative = people.numbers["alternative"][account] % len(self._spans[number])
        chosen = np.empty(len(account), dtype=np.int64)
        if recipe.popular:  # rank r is one question for all of a group, and for half of the groups the same one
            rank = (rng.pareto(recipe.popular, len(account)) * 12).astype(np.int64) % 4000
            group = people.frame_seed[account]
            pick = mix(np.where(group % np.uint64(2) == 0, group, np.uint64(number)) + rank.astype(np.uint64), 21)
            popular = rng.random(len(account)) < (0.5 if recipe.kind == "classroom" else 1.0)
            pick = np.where(popular, pick, mix(talk, 22))
        else:
            pick = mix(talk, 22)
        topic = pick % np.maximum(1, people.numbers["topics"][account]).astype(np.uint64)
        base = people.frame_seed[account] if recipe.popular else own
        for which, spans in enumerate(self._spans[number]):
            mine = alternative == which
            span = spans[(mix(base[mine] + topic[mine], 23) % np.uint64(len(spans))).astype(np.int64)]
            inside = (mix(pick[mine], 24) % span[:, 1].astype(np.uint64)).astype(np.int64)
            chosen[mine] = span[:, 0] + inside
        return chosen

    def _pick(self, segments: npt.NDArray[np.int32], slot: int, where: Bools, bank: str, unit: Floats) -> None:
        span: Span = self._texts.banks[bank]
        segments[where, slot] = span.begin + (unit[where] * span.count).astype(np.int32)

    def _fresh(self, segments: npt.NDArray[np.int32], fresh: Bools, draw: Floats) -> None:
        """Circumstances, what is asked, how the answer should be."""
        self._pick(segments, ITEM, fresh, "ask", draw[0])
        self._pick(segments, DOCUMENTS, fresh & (draw[1] < 0.75), "scene", draw[2])
        self._pick(segments, DOCUMENTS + 2, fresh & (draw[1] > 0.45) & (draw[1] < 0.75), "scene", draw[3])
        space = self._texts.banks["space"].begin
        segments[fresh & (draw[1] < 0.75), DOCUMENTS + 1] = space
        segments[fresh & (draw[1] > 0.45) & (draw[1] < 0.75), DOCUMENTS + 3] = space
        after = fresh & (draw[4] < 0.4)
        segments[after, MORE] = space
        self._pick(segments, HABIT, after, "limit", draw[5])

    def _follow(self, segments: npt.NDArray[np.int32], where: Bools, draw: Floats) -> None:
        self._pick(segments, ITEM, where & (draw[0] < 0.3), "ask", draw[1])
        self._pick(segments, ITEM, where & (draw[0] >= 0.3) & (draw[0] < 0.65), "follow_about", draw[1])
        self._pick(segments, ITEM, where & (draw[0] >= 0.65), "follow", draw[1])

    def _abroad(self, segments: npt.NDArray[np.int32], language: Ints, draw: Floats) -> None:
        for number, name in enumerate(grammar.LANGUAGES):
            where = (language == number) & (draw[6] < 0.7)
            if where.any():
                segments[where] = -1
                self._pick(segments, ITEM, where, f"foreign {name}", draw[0])
                more = where & (draw[1] < 0.6)
                segments[more, MORE] = self._texts.banks["space"].begin
                self._pick(segments, HABIT, more, f"foreign {name}", draw[2])

    def _vary(
        self,
        recipe: Recipe,
        segments: npt.NDArray[np.int32],
        opening: Bools,
        at: Ints,
        account: Ints,
        made: Wording,
        talked: Ints,
        draw: Floats,
    ) -> None:
        """As another person would type it (see `vary.person`); care above 1 is a machine that changes nothing."""
        care = self._population.shares["care"][account].astype(np.float32)
        person = care <= 1
        if recipe.popular:  # half of a product's users word a popular question as everybody does
            person &= draw[0] < 0.5
        asked = (segments[:, ITEM] >= 0) & opening & person & (segments[:, DOCUMENTS] < 0)
        self._pick(segments, CONTEXT, asked & (draw[3] < 0.22), "context", draw[4])
        self._pick(segments, CONTEXT, asked & (draw[3] >= 0.22) & (draw[3] < 0.38), "opener", draw[4])
        self._pick(segments, MORE, asked & (segments[:, MORE] < 0) & (draw[5] < 0.22), "closer", draw[7])
        if not recipe.system or recipe.kind == "own_key_app":  # the ten things that everybody says
            self._pick(segments, ITEM, asked & (draw[8] < 0.02), "popular", draw[7])
        hasty = person & (draw[2] > care)
        typed = np.full(len(at), 0 if recipe.documents[1] else WHOLE, dtype=np.uint8)
        for flag, where in ((LOWER, draw[6] < 0.5), (SLIP, draw[7] < 0.5), (BARE, draw[8] > 0.7)):
            typed[hasty & where] |= flag
        made.flags[at] = typed
        # the numbers and names of the source itself are one edition of it, the same for all who ask it as it is
        as_it_is = ~person | (draw[1] > 0.75)
        made.row_seed[at] = np.where(as_it_is, mix(talked.astype(np.uint64), 31), made.row_seed[at])

    def _documents(self, recipe: Recipe, segments: npt.NDArray[np.int32], rng: np.random.Generator) -> None:
        least, most = recipe.documents
        sentences = rng.integers(least, min(most, CONTEXT - DOCUMENTS) + 1, len(segments))
        for place in range(min(most, CONTEXT - DOCUMENTS)):
            unit = rng.random(len(segments), dtype=np.float32)
            self._pick(segments, DOCUMENTS + place, sentences > place, recipe.documents_of, unit)
        if recipe.about[0]:
            segments[:, CONTEXT] = self._texts.banks["question"].begin

    def _framed(
        self,
        recipe: Recipe,
        segments: npt.NDArray[np.int32],
        opening: Bools,
        frame_seed: Seeds,
        own: Seeds,
        at: Ints,
        draw: Floats,
        made: Wording,
    ) -> None:
        banks = self._texts.banks
        if recipe.frame:
            span = banks[recipe.frame]
            choice = (mix(frame_seed, 41) % np.uint64(span.count)).astype(np.int32)
            if recipe.frame in ("clerk", "own_data"):  # up to three jobs of one company
                choice = (mix(frame_seed + made.row_seed[at] % np.uint64(3), 42) % np.uint64(span.count)).astype(
                    np.int32
                )
            segments[:, FRONT] = np.where(opening, span.begin + choice, -1)
        if recipe.habit:
            span = banks[recipe.habit]
            said = opening & (draw[0] < recipe.habit_share)
            choice = (mix(own + (draw[1] * 4).astype(np.uint64), 43) % np.uint64(span.count)).astype(np.int32)
            segments[said, HABIT] = span.begin + choice[said]
        if recipe.system:
            span = banks[f"system {recipe.system}"]
            unit = (mix(frame_seed, 44) >> np.uint64(40)).astype(np.float32) / 2**24
            choice = (mix(frame_seed, 45) % np.uint64(span.count)).astype(np.int32)
            made.system[at] = np.where(unit < recipe.system_share, span.begin + choice, -1)

    # -- campaigns -------------------------------------------------------------------------------------------------

    def _work_items(self, number: int, at: Ints, made: Wording, rng: np.random.Generator) -> None:
        """Items that never come twice, each in one of the campaign's frames."""
        texts, spans = self._texts, self._work[number]
        sizes = np.cumsum(spans[:, 1])
        pick = rng.integers(0, sizes[-1], len(at))
        span = np.searchsorted(sizes, pick, side="right")
        talked = spans[span, 0] + pick - (sizes[span] - spans[span, 1])
        segments = no_segments(len(at))
        segments[:, ITEM] = texts.first[talked]
        plain = texts.longest[segments[:, ITEM]] - np.diff(texts.offsets)[segments[:, ITEM]] < 60  # hardly a slot
        draw = rng.random((4, len(at)), dtype=np.float32)
        self._pick(segments, CONTEXT, (plain & (draw[3] < 0.5)) | (draw[3] < 0.1), "context", draw[0])
        self._pick(segments, CONTEXT, plain & (draw[3] >= 0.5) & (draw[3] < 0.75), "opener", draw[0])
        self._pick(segments, MORE, plain & (draw[3] > 0.4), "closer", draw[2])
        front, back = texts.banks[f"front {number}"], texts.banks[f"back {number}"]
        frame = np.where(
            draw[1] < _REWORDED,
            _OWN_FRAMES + (draw[2] * (front.count - _OWN_FRAMES)).astype(np.int32),
            (draw[2] * _OWN_FRAMES).astype(np.int32),
        )
        segments[:, FRONT], segments[:, BACK] = front.begin + frame, back.begin + frame
        systems = texts.banks[f"system {number}"]
        own = systems.begin + np.minimum(frame, _OWN_FRAMES - 1)
        has = np.diff(texts.offsets)[own] > 0
        made.system[at] = np.where(has & (frame < _OWN_FRAMES), own, -1)
        made.segments[at] = segments
