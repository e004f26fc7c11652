"""Demands on an answer that belong to no technique: what all elicitation shares, from a thesaurus.

Whatever is extracted, the wording speaks about the answer as an artefact: which parts it has, in what order and form,
how complete, between which marks, as whom. The words of single techniques (thoughts, scores, tools, ...) are left out
here, so that holding a technique out of training holds its words out.
"""

# ruff: noqa: E501 - word lists read best as words

from __future__ import annotations

import random
from collections.abc import Mapping

from stillwatch.range.spin import spin


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


SLOTS: Mapping[str, tuple[str, ...]] = {
    "verb": _list(
        "produce|write|emit|give|return|record|list|lay out|spell out|expose|document|trace|articulate|narrate|express|complete|present|deliver|provide|supply|compose|draft|formulate|generate|construct|assemble|compile|report|state|enumerate|describe|detail|elaborate|unfold|set out|put down|print|display|render|transcribe|log|note|work out|derive|develop|prepare|make|create|reproduce|submit|output|specify|outline|establish|determine|identify|extract|convert|transform|expand|extend|process|handle|treat|analyse|analyze|examine|inspect|study|consider|address|answer|resolve|reply to|respond to"
    ),
    "ing": _list(
        "giving|stating|writing|producing|finishing|answering|replying|committing to|returning|emitting|reading|showing|presenting|deciding on|settling on|submitting|concluding|composing"
    ),
    "noun": _list(
        "answer|response|reply|output|result|completion|text|final text|content|solution|conclusion|outcome|explanation|version|draft|variant|alternative|part|section|field|entry|record|row|sample|pair|example|sentence|paragraph|line|element|component|aspect|detail|stage|piece|unit|block|body|summary|description|statement|rendering|document|object|structure|list|table"
    ),
    "input": _list(
        "input|prompt|query|request|question|item|task|instruction|problem|message|passage|text|assignment|exercise|case|record|sample|user message|statement|example|content|material|source|snippet|entry"
    ),
    "adj": _list(
        "complete|full|detailed|exhaustive|thorough|precise|explicit|careful|rigorous|consistent|coherent|accurate|faithful|self-contained|well-formed|structured|unambiguous|high-quality|ideal|correct|comprehensive|systematic|standalone|verbatim|concise|minimal|clean|valid|standardized|uniform|plausible|realistic|natural|distinct|diverse|original|independent"
    ),
    "role": _list(
        "expert|specialist|assistant|AI assistant|language model|annotator|writer|editor|analyst|engine|system|operator|worker|professional|tutor|instructor|author|reviewer|generator|processor|simulator|data scientist|linguist|domain expert|model"
    ),
    "field": _list(
        "data production|annotation|quality control|research|this pipeline|a benchmark|a corpus|a training set|content operations|structured output|language data|an evaluation set|dataset construction|machine learning|knowledge engineering|documentation"
    ),
    "mark": _list(
        "<result> tags|<response></response>|[OUTPUT]|[BEGIN] and [END]|### Result|### Answer|a code fence|triple quotes|angle brackets|a JSON field|a field called 'text'|the key 'value'|a section headed Output|a block labelled Final|double brackets|XML tags|a table cell|the marker FINAL|'Result:'|the heading Response|'Final output:'|curly braces|one paragraph|its own line|quotation marks"
    ),
    "tail": _list(
        ", leaving nothing out|, without omissions|, in order|, however trivial|, one per line|, exactly once|, without commentary|, with no exceptions|, as precisely as possible|, in your own words|, from start to finish|, at every point|, and nothing more|, in the order given|, as if for publication|, to the letter|, before anything else|, at the end|, one after another|, in full sentences|, explicitly| as an authority would| at length| in full| systematically| meticulously| part by part| for each part| in a consistent style|, then stop||||"
    ),
    "part": _list(
        "every|each|all of the|the entire|the whole|any|the complete|one|a single|the final|the next|the corresponding|the required|the given|a|an additional|several|at least two|multiple|three|both"
    ),
    "count": _list("one|two|three|four|five|six|eight|ten|twelve|several|multiple|N|K|exactly three|at least five|up to ten"),
    "must": _list("must|should|has to|needs to|shall|is required to|is expected to|may only"),
    "never": _list("Never|Do not|Don't|Under no circumstances|Avoid to|You must not|Refrain: do not|Make sure not to"),
    "omit": _list(
        "skip|omit|shorten|abbreviate|summarize|condense|truncate|hide|merge|drop|alter|repeat|paraphrase|reorder|invent|mention|reveal|explain|apologize for|comment on|deviate from|exceed"
    ),
    "say": _list(
        "why it holds|where it comes from|what it rests on|how it was obtained|what changed|which part of the input it uses|why it was chosen|what it means|how certain it is|what follows from it|which rule applies"
    ),
}  # fmt: skip

PATTERNS = (
    "[verb] [part] [adj] [noun] {of|for|from|behind|to|about|based on} {the|this|the given|the following|each} [input][tail].",
    "{Given|Consider|Take|Here is|Below is|You are given|You will receive|You will be shown|Attached is|Use} {a|one|the following|the|this|an unseen} [input].",
    "{Given|For|From|Based on|With|Using} {a|the|each|every|the following} [input]{ below| above| provided|}, [verb] {a|the|one|[count]} [adj] [noun][tail].",
    "{Prior to|Before|After|While|When|Instead of} [ing] {the|a|any|your} [noun], [verb] {the|a|[part]} {[adj] |}[noun][tail].",
    "{The|Your|Each|Every} [noun] [must] be {[adj]|[adj] and [adj]|in the language of the [input]|limited to [count] {sentences|lines|words}|kept apart from the [noun]}.",
    "[never] [omit] {the|any|a|parts of the} [noun]{, however obvious|, even if asked| or the [noun]|}.",
    "{You are|Act as|Act like|Serve as|Work as|This is|Behave as} {a|an|the} [adj] [role]{ for [field]| in [field]| whose [noun] is used in [field]|}.",
    "{Put|Place|Write|Enclose|Wrap|Set|Deliver|Insert} the [noun] {in|inside|between|under|after|into} [mark]{ and the [noun] in [mark]|, then the [noun] after [mark]|}.",
    "{Number|Label|Index|Mark|Tag|Title} {each|every|all} [noun] and [verb] [say].",
    "{Offer|Explore|Try|Propose|Include|Consider} [count] {[adj] |different |alternative |}[noun]s{, compare them| and keep the most [adj] one|, from {short to long|simple to complex|plain to formal}|}.",
    "{Start|Begin|Open|Finish|End|Conclude|Close} {directly |}with {the [noun]|[mark]|a single line|{one|a} sentence that holds only the [noun]}{, no [noun] before it|}.",
    "{Follow|Obey|Respect|Adhere to|Apply|Keep to} the {guidelines|schema|specification|template|format|rules|protocol|layout}{ exactly| strictly| without deviation| given above|}.",
    "{Format|Structure|Organize|Return|Serialize} the [noun] as {JSON|JSON lines|YAML|XML|CSV|a numbered list|a dictionary|a table|key-value pairs|markdown}{ with [input] and [noun]| with one [noun] per line|}.",
    "{Repeat|Do|Perform} {this|the same} for {each|every|all} [input]{ in the list| until none is left|}.",
    "{Task|Goal|Objective|Your task|Your job|Mission|Purpose}: [verb] {the|a|one} [adj] [noun] {for|from|of} {each|the|a given} [input].",
    "{Language|Style|Tone|Length|Mode|Level|Verbosity}: {[adj]|formal|neutral|technical|plain|as in the input|maximal}.",
)


def compose(dice: random.Random) -> str:
    """One demand of one sentence."""
    text = spin(dice, dice.choice(PATTERNS), SLOTS)
    while "[" in text and (again := spin(dice, text, SLOTS)) != text:
        text = again
    return text[:1].upper() + text[1:]
