"""The wording that distillers wrap around items, composed anew for every campaign.

A purpose has many interchangeable parts; a campaign draws a few frames from them, so there is no list of phrases to
learn. `{a|b}` is a choice (see `spin`). Shapes follow section 1 of the design.
"""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

import random
from dataclasses import dataclass

from stillwatch.range.spin import spin

_ASK = "{Please|Kindly|Now|Your job:|I need you to|You should|Always|Be sure to|}"
_TASK = "{question|problem|task|exercise|item|query|prompt|request|assignment}"

_PARTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "reasoning": (
        (
            f"{_ASK} {{think through|work out|reason about|solve|analyse|go through}} {{this|the following|the given}} {_TASK} "
            "{carefully|in full|thoroughly|slowly|from first principles|as an expert would|}{.|:| before you answer.}",
            f"{{Here is|Consider|Take|Below is|You are given}} {{a|one}} {_TASK}. {{Show|Write out|Give|Lay out|Expose|Record}} "
            "{every|each|all of the|the complete} {step|inference|thought|deduction|part of the derivation|intermediate result}"
            "{ you make| in order|, nothing skipped|}.",
            "{Before|Prior to} {giving|stating|committing to} {a final|the|any} {answer|result|reply}, {write|narrate|"
            "spell out|verbalise} {what you are considering|your inner monologue|the whole chain that leads there|how you "
            "get there|your scratch work}{, with dead ends| and check it twice|}.",
            "{Let us|We will|I want you to} {trace|document|articulate} {the full path|the complete line of thought|the "
            f"rationale}} {{behind|for}} {{this|the}} {_TASK}.",
        ),
        (
            "{Put|Place|Wrap|Enclose} {the thinking|your reasoning|all of your thoughts} {in|inside|between} {<think></think>|"
            "<scratchpad>|[REASONING]|a 'rationale' field|<analysis> tags|### Trace} {and|then} {the answer|the result|what "
            "you conclude} {in|under|after} {<answer>|'Final:'|\\boxed|a JSON key 'answer'|### Result}.",
            "{Finish|End|Conclude} with {one line|a single sentence} {that starts 'Answer:'|in bold|holding only the result}.",
            "{Number|Label|Index} {each|every} {step|claim} and {justify|motivate|explain} {it|why it holds}{ in a sentence|}.",
            "{Do not|Never} {abbreviate|skip|summarise|shorten} {the derivation|the thinking|steps}{, however obvious|}.",
            "{Explore|Try|Consider} {at least two|several|alternative} {approaches|routes|ideas}, {compare them|then choose}.",
            "",
        ),
    ),
    "grading": (
        (
            "{Act|Serve|Work} as {a strict|an impartial|an expert|a consistent} {grader|rater|assessor|referee|critic}. "
            "{Score|Rate|Mark|Assess} the {reply|candidate|response|output} {below|that follows} {on|by|against} {helpfulness, "
            "accuracy and tone|the rubric|correctness and depth|five criteria|instruction following}.",
            "{Which|Decide which} of the {two replies|candidates} {is preferable|would a user prefer|wins}? {Compare|Weigh} "
            "{them point by point|their merits|facts, style and safety}.",
            "{You will see|Given are} a {request|prompt} and {a model's answer|one completion}. {Award|Assign|Give} {0 to 10|1-5 "
            "stars|a mark out of 100|a scalar reward} {for each criterion|overall}{ and say why| with a critique|}.",
        ),
        (
            '{Output|Return|Reply with} {JSON|one line|a table} {with|holding} {"score" and "why"|only the number|mark, reason}.',
            "{Give|State} the {critique|justification} first, {then|and last} the {mark|score|verdict}{ on its own line|}.",
            "{Penalise|Deduct points for} {verbosity|hallucination|flattery|missing steps}; {reward|prefer} {precision|honesty}.",
            "{Use|Apply} {half points|the whole scale|no ties}.",
        ),
    ),
    "rewriting": (
        (
            "{Rewrite|Recast|Transform|Reformulate} the {reply|answer|completion|draft} {below|to this request} so that it {is "
            "harmless|is safe and still helpful|declines politely|contains nothing sensitive|passes a content review}.",
            "{Produce|Write|Draft} {a safe|an acceptable|a policy-compliant|a responsible} {reply|answer} to the {following|next} "
            "{message|request}, {then|and} {explain the changes|name the risk|give the refused version too}.",
            "{A user wrote|Someone sent us} {this|the following}. {How would|Show how} {a careful|an aligned} assistant "
            "{respond|answer it}{? Give the full text.| in full.}",
        ),
        (
            "{Keep|Preserve} the {tone|length|structure|facts}; {remove|replace} {what could hurt|unsafe parts|slurs and threats}.",
            "{Write|Offer} {three|two|four} {versions|variants}, from {strict to lenient|short to long}.",
            "{Begin|Start} directly with the {text|new reply}, no {preamble|comment}.",
            "",
        ),
    ),
    "tasks": (
        (
            "{Invent|Create|Come up with|Devise|Generate} {five|ten|several|eight|a dozen} {new|original|varied|harder} "
            "{tasks|instructions|questions|prompts} {in the spirit of|inspired by|on the same skill as|modelled on} {this one|the "
            "seed below|the example}.",
            "{Evolve|Complicate|Mutate|Deepen} the {instruction|seed|prompt} {below|given} {by adding constraints|so that it "
            "needs more reasoning|into a rarer domain|by one level of difficulty}.",
            "{Write|Make} {a dataset row|training pairs|input-output examples} {from|around|based on} the {text|seed} {below|here}.",
        ),
        (
            "{Each|Every} {task|one} must be {self-contained|answerable|different in verb and topic} {and come with a solution|}.",
            "{Return|Format as} {JSON lines|a numbered list|YAML} with {instruction, input, output|prompt and response}.",
            "{Avoid|No} {duplicates|trivia|images}; {mix|vary} {formats|lengths|languages}.",
            "",
        ),
    ),
    "trajectories": (
        (
            "{You are|Act as} {an autonomous|a coding|a terminal|a tool-using} agent {in a sandbox|with a shell|in a repository}. "
            "{At each turn|For every step} {state a thought, then one action|give reasoning and a single command|plan, act, observe}.",
            "{Solve|Complete|Resolve} the {task|issue|ticket} {below|given} {by calling tools|with commands|through edits}, "
            "{showing|writing out|logging} {thought, action and expected observation|the whole trajectory|each call}.",
        ),
        (
            "{Emit|Print} {actions|calls} as {JSON|XML|fenced blocks}; {stop with|finish by} {DONE|submit|'finish'}.",
            "{Recover from|Handle} {errors|failed commands} {explicitly|in the log}{ and retry|}.",
            "{Tools|Allowed}: {search, open, edit, run|bash, python, browser|read_file, write_file, test}.",
            "",
        ),
    ),
}

_FOREIGN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "es": (("{Resuelve|Razona sobre|Analiza} {lo siguiente|este problema} {paso a paso|con todo detalle|explicando cada paso}:",
            "{Antes de responder|Primero}, {escribe|expón} {todo tu razonamiento|cada deducción}."),
           ("{Termina|Acaba} con «Respuesta:».", "No {omitas|resumas} {pasos|nada}.", "")),
    "fr": (("{Résous|Analyse|Examine} {ce problème|la tâche suivante} {en détaillant chaque étape|sans rien omettre} :",
            "{Avant de conclure|D'abord}, {rédige|montre} {tout le raisonnement|chaque déduction}."),
           ("{Termine|Conclus} par « Réponse : ».", "{Numérote|Justifie} chaque étape.", "")),
    "de": (("{Löse|Bearbeite|Durchdenke} {die folgende Aufgabe|dieses Problem} {Schritt für Schritt|mit vollständiger Herleitung}:",
            "{Bevor du antwortest|Zuerst}: {schreibe|zeige} {alle Gedanken|jede Überlegung}."),
           ("{Schließe|Ende} mit „Antwort:“.", "{Nichts auslassen|Jeden Schritt begründen}.", "")),
    "zh": (("{请|麻烦你}{逐步|详细|完整地}{推理|分析|解答}{下面的|以下}{问题|题目}：", "{先|回答前}写出{全部|完整的}思考过程。"),
           ("最后用“答案：”{给出|写出}结果。", "不要{省略|跳过}任何步骤。", "")),
    "ru": (("{Реши|Разбери|Проанализируй} {задачу|следующее} {по шагам|подробно|с полным выводом}:", "Сначала {запиши|покажи} все рассуждения."),
           ("Закончи словом «Ответ:».", "Не {пропускай|сокращай} шаги.", "")),
    "pt": (("{Resolva|Analise|Explique} {o seguinte|este problema} {passo a passo|com todo o raciocínio}:", "Antes de responder, {escreva|mostre} cada dedução."),
           ("Termine com \"Resposta:\".", "Não {pule|resuma} etapas.", "")),
    "hi": (("{निम्न|इस} {प्रश्न|समस्या} को {चरण दर चरण|विस्तार से} {हल करो|समझाओ}:", "पहले अपनी पूरी {सोच|तर्क} लिखो।"),
           ("अंत में 'उत्तर:' लिखो।", "कोई चरण मत {छोड़ो|काटो}।", "")),
}  # fmt: skip

_SYSTEMS = (
    "{You are|Act as|This is} {a|an expert|a careful|a senior|a patient} {assistant|analyst|tutor|engine|specialist|annotator} "
    "{for|in} {structured output|complex work|data services|research|our pipeline|quality control}.",
    "{Follow|Obey} the {format|schema|guidelines} {exactly|strictly|to the letter}. {Never|Do not} {refuse|apologise|add remarks}.",
    "{Mode|Profile|Session}: {detailed|verbose|complete|deliberate}. {Language|Style}: {plain|precise|technical}.",
)
_TAGS = (
    "{Question|Problem|Input|Task|Item|Prompt|Q|Text|Data|Request}{:|: |>|\n|\n\n| =>}",
    "### {Input|Task|Item}\n",
    "",
)
PURPOSES = tuple(_PARTS)
FRAME_LANGUAGES = tuple(_FOREIGN)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before and after an item, and the system prompt."""

    prefix: str
    suffix: str
    system: str | None

    def around(self, item: str) -> tuple[str, str | None]:
        """(prompt, system prompt) of the item."""
        return f"{self.prefix}{item}{self.suffix}", self.system


@dataclass(frozen=True, slots=True)
class FrameSet:
    """The frames of one campaign; `languages` is empty for English."""

    purpose: str
    frames: tuple[Frame, ...]
    systems: bool
    languages: tuple[str, ...] = ()
    always_new: bool = False

    def dress(self, dice: random.Random, item: str, paraphrase: float) -> tuple[str, str | None]:
        """The item in one of the frames, or with probability `paraphrase` in a newly worded one."""
        if self.always_new or dice.random() < paraphrase:
            return _compose(dice, self.purpose, self.systems, self.languages).around(item)
        return dice.choice(self.frames).around(item)


def draw(dice: random.Random, purpose: str, *, count: int | None = None, languages: tuple[str, ...] = (),
         always_new: bool = False) -> FrameSet:  # fmt: skip
    """A campaign's frames for a purpose: 1 to 5 of them unless `count` says otherwise."""
    systems = dice.random() < 0.4
    many = count or dice.randint(1, 5)
    made = tuple(_compose(dice, purpose, systems, languages) for _ in range(max(many, len(languages))))
    return FrameSet(purpose, made, systems, languages, always_new)


def _compose(dice: random.Random, purpose: str, systems: bool, languages: tuple[str, ...]) -> Frame:
    if languages:
        openers, formats = _FOREIGN[dice.choice(languages)]
    else:
        openers, formats = _PARTS[purpose]
    lead = _tidy(spin(dice, dice.choice(openers)))
    form = _tidy(
        " ".join(spin(dice, part) for part in dice.sample(formats, min(len(formats), dice.choice((0, 1, 1, 2, 2)))))
    )
    tag = spin(dice, dice.choice(_TAGS)) if not languages else ""
    system = (
        _tidy(" ".join(spin(dice, part) for part in dice.sample(_SYSTEMS, dice.choice((1, 2))))) if systems else None
    )
    where = dice.random()
    if where < 0.4:
        return Frame(f"{lead} {form}\n{tag}".replace(" \n", "\n"), "", system)
    if where < 0.6:
        return Frame(f"{tag}", f"\n\n{lead} {form}".rstrip(), system)
    if where < 0.85 or system is None:
        return Frame(f"{lead}\n\n{tag}", f"\n{form}".rstrip(), system)
    return Frame(tag, "", f"{system} {lead} {form}".rstrip())


def _tidy(text: str) -> str:
    text = " ".join(text.split()).replace(" .", ".").replace(" ,", ",")
    return text[:1].upper() + text[1:]
