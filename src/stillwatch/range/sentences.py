"""Sentences of the range's own prompts: what is the case, what is asked, how the answer should be."""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

import random

from stillwatch.range.lexicon import Slots
from stillwatch.range.spin import spin

SCENES = (
    "{I|We|My sister|My [job] friend|[name]|Our team} {want|need|plan|hope|will have|were told} to [deed] {the|our|a few|some|all|[n]} [mod] [noun] {before|after|because of|despite|along with|instead of} {the|those|any} [mod] [noun]{| at the [place]| in [town]| for the [project]}.",
    "[name] [surname] {from|in|near|of} [town] {says|thinks|insists|wrote|heard|claims} that [mod] [noun] {ruin|need|replace|spoil|improve|beat|depend on|come before} {[mod] [noun]|[noun] at the [place]|the [project]}.",
    "{Last|This|Every} {week|month|spring|Tuesday|winter|weekend}{,| again} {our|the|my|some|their} [noun] {turned out|became|looked|arrived|seemed|ended up} [mod]{, and| while| although| so} [name] {had to [deed]|forgot to [deed]|refused to [deed]|now wants to [deed]} {them|the [noun]|the other [noun]}.",
    "{There are|We count|You will find|[name] keeps} [n] [mod] [noun] {in|near|behind|outside|at} the [place] {of|in|by} [town]{|, mostly [mod]|, half of them [mod]|, next to the [noun]}.",
    "{Suppose|Imagine|Assume|Picture this:} a [job] {at|from|outside} the [place] {must|should|can't|would rather} [deed] [noun] {without|with only|using|by way of} [mod] [noun].",
    "{The|Our|Their} [project] {deals with|is about|pays for|needs|worries about|started with} [mod] [noun] {and|or|rather than|as well as} [noun]{| from [town]| since [n] weeks ago| run by [name] [surname]}.",
    "{Between|Comparing|Torn between} [mod] [noun] and [mod] [noun], {I|we|[name]} {can't decide|would pick the second|lost track|spent [n] days at the [place]}.",
    "{In|At|Around|Outside} [town]{ last year| these days| in the nineties|}, {people|most [job]s|my parents|experts} {never|always|rarely|still|used to} [deed] {their|the|any} [noun] {when|until|if|unless} the [noun] {are|were|got|looked} [mod].",
    "{A|One|Some} [job] {called|named} [name] [surname] {asked|showed|paid|helped} {me|us|a friend} to [deed] [mod] [noun] {for|at|during|before} the [project].",
    "{My|Our} [noun] {are|were|have been} [mod] {since|ever since|because|whenever} {we|I|they|[name]} {tried to|began to|failed to} [deed] the {[mod] |other |}[noun]{| near the [place]| with [noun]}.",
    "{Nobody|Hardly anyone|Only [name]|Everyone} at the [place] {knows|remembers|cares|agrees} {how|when|why|whether} to [deed] {[noun]|[mod] [noun]}{ from [town]| after [n] attempts| or even [noun]|}.",
    "{It|This} {concerns|is for|goes back to} [name] [surname]'s [mod] [noun], {[n] of them|kept at the [place]|bought in [town]|part of the [project]}.",
)

ASKS = (
    "{What|Which} {is|would be} {the {best|safest|cheapest|quickest} way|a sensible order|the right moment} to [deed] {them|[noun]|the [mod] ones|[mod] [noun]}{ and [deed] [noun]| without [noun]| at a [place]|}?",
    "{How|When|Where} {should|would|could|do} {I|we|a [job]|beginners} [deed] [mod] [noun]{| in [town]| with [n] [noun]| before they get [mod]}?",
    "{Write|Draft|Compose|Sketch} {a|one} [tone] [form] {about|on|around} [mod] [noun]{ and|, with} {[name] [surname]|a [job]|some [noun]|the [project]} {in it|at the end|at the [place]|in [town]}.",
    "{Explain|Describe|Tell me|Summarise} {why|how} [noun] {become|are|stay|get} [mod] {when|if|after|once} {you|people|[job]s} [deed] {the|their|any} [noun].",
    "{Plan|Suggest|Outline|Give me} [n] {steps|ideas|questions|mistakes|examples|headlines} {for|on how} to [deed] [noun] {at|around|for} the {[place]|[project]}{| with a [job]| with [mod] [noun]}.",
    "{Compare|Contrast|Rank} [mod] [noun], [noun] and [mod] [noun] {for|from the view of} {a [job]|[name]|someone in [town]|the [place]}.",
    "{Is|Would} it {be |}{wise|legal|normal|too late|worth it} to [deed] {[mod] [noun]|the [noun]} {when|while|if} {the [noun] are [mod]|[name] is in [town]|a [job] objects}?",
    "{Make|Prepare|Set up} a {table|checklist|schedule|quiz|glossary|budget} {of|for|about} [noun], {sorted by|starting with|leaving out} [mod] [noun]{| and the [place]}.",
    "{Give|List|Name} {arguments|reasons} {for|against} {[deed]|trying to [deed]} [mod] [noun] {in|as in|like in} [town]{| this year| before the [project] ends}.",
    "{What|Which} {do [mod] [noun] have|might [noun] have|would a [job] see} in common {with|between} {[noun]|[mod] [noun]} {and [noun]|at the [place]|in the [project]}?",
    "{Could|Can} {you|someone} {check|judge|correct|improve} {my|this} {idea|reasoning|draft}: {we|first they} [deed] the [noun], then [deed] [mod] [noun] {at|near} the [place]?",
    "{Who|What} {first|usually|actually} {decides|explains|determines} {whether|how} to [deed] [noun]{| or [mod] [noun]} {in|around} {[town]|a [place]|the [project]}?",
)

LIMITS = (
    "{Keep it|Make it|It should be} [tone]{ and [tone]|}{,| but} {under [big] words|with one [mod] example|with [n] points|fit for a [job]}.",
    "{Mention|Include|Leave out|Avoid} {the|any} [mod] [noun]{ and the [place]| and [name]|}.",
    "{Assume|Remember|Note} that [noun] {are|stay|can be} [mod] {here|in [town]|for now}.",
    "{Answer|Reply|Respond} {as a [job] would|for [name]|as if at the [place]|in [n] sentences}.",
    "{The|Our} {budget|limit|deadline} is [big]{ and| or} the [noun] {can't wait|are [mod]}.",
    "{Start|End|Finish} with [noun]{| at the [place]| in [town]}, {not|never|rather than} with [mod] [noun].",
)


def some(dice: random.Random, patterns: tuple[str, ...], slots: Slots, count: int = 1) -> list[str]:
    """`count` sentences of different patterns."""
    return [spin(dice, pattern, slots) for pattern in dice.sample(patterns, min(count, len(patterns)))]


def request(dice: random.Random, slots: Slots, asks: tuple[str, ...] = ASKS) -> str:
    """A request of one to four sentences: circumstances, what is asked, how the answer should be, in some order."""
    draw = dice.random()
    before = some(dice, SCENES, slots, 0 if draw < 0.2 else 1 if draw < 0.75 else 2)
    asked = some(dice, asks, slots)
    after = some(dice, LIMITS if dice.random() < 0.7 else SCENES, slots, 1 if draw < 0.2 or dice.random() < 0.35 else 0)
    if dice.random() < 0.2:
        before, after = after, before
    return " ".join((*before, *asked, *after))


def background(dice: random.Random, slots: Slots, count: int) -> str:
    """`count` statements about one concern."""
    return " ".join(spin(dice, dice.choice(SCENES), slots) for _ in range(count))
