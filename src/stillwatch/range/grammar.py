"""The range's own prompts: a small grammar per kind of text, for worlds that need no data beside the package."""

# ruff: noqa: E501, SIM905 - patterns and word lists read best on one line each

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence

from stillwatch.range import vary
from stillwatch.range.lexicon import CONCERNS, PROJECTS, SURNAMES, TOWNS, Slots
from stillwatch.range.sentences import ASKS, LIMITS, SCENES, background, request, some
from stillwatch.range.spin import spin

SLOTS: dict[str, tuple[str, ...]] = {
    "name": tuple(vary.NAMES),
    "surname": SURNAMES,
    "town": TOWNS,
    "project": PROJECTS,
    "n": tuple(str(n) for n in range(2, 99)),
    "big": tuple(str(n) for n in range(100, 9800, 37)),
    "thing": tuple(
        (
            "apples|pencils|tickets|stamps|marbles|chairs|bottles|notebooks|candles|cookies|tiles|bricks|shirts|balloons|lamps|plates|trees|lemons|books|coins|buttons|magnets|postcards|kites|cups|bags|boxes|blankets"
        ).split("|")
    ),
    "topic": tuple(
        (
            "photosynthesis|the French Revolution|compound interest|vector databases|gardening in clay "
            "soil|sourdough|black holes|the offside rule|noise cancelling|heat pumps|insulin|plate tectonics|game"
            " theory|impressionism|TCP congestion|jet lag|migraine|espresso|public-key cryptography|the water "
            "cycle|inflation|beekeeping|CRISPR|Kant's ethics|tax brackets|marathon training|the Silk Road|solar "
            "panels|watercolour|volcanoes|antibiotics|chess openings|Bayesian statistics|coral reefs|the Roman "
            "senate|electric bikes|mortgages|cloud seeding|opera|fermentation|Kubernetes|knitting|deep-sea "
            "life|mediation|urban planning|Stoicism|data privacy|house plants|earthquakes"
        ).split("|")
    ),
    "lang": ("Python", "JavaScript", "Go", "Rust", "Java", "C++", "TypeScript", "SQL", "R", "Kotlin", "bash", "Swift"),
    "job": (
        "nurse",
        "pilot",
        "welder",
        "teacher",
        "analyst",
        "chef",
        "designer",
        "lawyer",
        "farmer",
        "barber",
        "midwife",
    ),
    "city": tuple(
        (
            "Lagos|Oslo|Lima|Hanoi|Quito|Turin|Osaka|Leeds|Cairo|Perth|Austin|Nairobi|Porto|Riga|Jaipur|Lyon|Davao|Minsk|Accra|Bogota|Denver|Seoul|Tunis|Gdansk"
        ).split("|")
    ),
    "tone": ("formal", "funny", "warm", "short", "poetic", "dry", "persuasive", "honest", "playful", "melancholic"),
    "form": (
        "poem",
        "short story",
        "speech",
        "letter",
        "blog post",
        "dialogue",
        "song",
        "product text",
        "toast",
        "limerick",
    ),
    "struct": ("list", "dictionary", "tree", "string", "matrix", "queue", "graph", "file", "date", "sentence", "table"),
    "verb": ("sort", "reverse", "merge", "parse", "validate", "deduplicate", "flatten", "compress", "rotate", "search"),
    "product": (
        "card",
        "transfer",
        "refund",
        "PIN",
        "statement",
        "top-up",
        "loan",
        "exchange rate",
        "direct debit",
        "cheque",
    ),
    "table": ("orders", "customers", "flights", "patients", "papers", "restaurants", "invoices", "students", "sensors"),
    "field": (
        "anatomy",
        "astronomy",
        "law",
        "economics",
        "algebra",
        "chemistry",
        "philosophy",
        "virology",
        "geography",
    ),
    "role": (
        "travel guide",
        "debate coach",
        "dungeon master",
        "pirate",
        "interviewer",
        "therapist",
        "historian",
        "critic",
    ),
    "colour": ("red", "green", "blue", "amber", "violet", "white", "black", "teal"),
}

#: By prompt set: how many conversations, what is asked, and how likely circumstances stand before it.
_PATTERNS: dict[str, tuple[int, float, tuple[str, ...]]] = {
    "arena": (3000, 0.0, ASKS),
    "programmers": (1200, 0.5, (
        "{How do I|how to|What's the way to|Best way to} [verb] a [struct] of [mod] [noun] in [lang]{?| without a library| in one line| when there are [big] [noun]}",
        "{fix|debug|why does} this [lang] {function|loop|class} for [noun] {fail|throw|hang} when the [struct] {has [n] [mod] elements|of [noun] is empty|holds [noun]}?",
        "{write|add} a {test|docstring|type hint} for a [lang] function that can [verb] a [struct] of [noun]{| and [verb] [mod] [noun]| for the [project]}",
        "{convert|port|move} my code to [verb] [mod] [noun] from [lang] to [lang]{|, keep the [struct] of [noun]|, [name] wants it [tone]}",
        "{model|store|index} [noun] {with|by} their [mod] [noun] in {a [struct]|[lang]|a table} {so that|such that} we can [verb] the [noun]{ fast| per [place]|}",
    )),
    "math_word": (2500, 0.15, (
        "[name] has [n] [mod] [noun] and {buys|finds|wins|borrows} [n] more {at the [place]|in [town]|from [name]}. {He|She} gives [n] {of them|[noun]} to {[name] [surname]|a [job]}. How many {[noun]|of them} are left{| after [n] days}?",
        "A {shop|[job]|[place]} in [town] sells [mod] [noun] {at|for} $[n] {each|apiece}. [name] {buys|orders|picks} [n]{ and [n] [noun]|} and pays with $[big]. How much {change {does [name] get|is due}|is left for [noun]}?",
        "[name] [surname] can [deed] [n] [noun] {a day|per hour|before lunch} {for|over} [n] days, and [name] {twice|three times|half} as many{ [mod] ones|}. How many [noun] do they [deed] {together|in all|at the [place]}?",
        "A {train|van|bus} with [mod] [noun] leaves [town] at [n] km/h and {travels|drives|runs} [n] hours to {the [place]|[town]}. {How far|What distance} does it go{ with the [noun]|}, in km?",
        "[n] {boxes|crates|rooms} {at|of} the [place] hold [n] [mod] [noun] each; [n] {of the [noun] |}are {broken|missing|lost}. What share {of the [noun] |}can [name] still [deed]{ in [town]|}?",
        "{The [project]|[name] [surname]|A [job]} {needs|spends} [n] {minutes|dollars} to [deed] {one of the|each of the} [mod] [noun]. {With|Given} [big] {minutes|dollars}, how many {[noun]|of them} {are done|can be [mod]}{ at the [place]|}?",
        "{Of|Out of} [big] [noun] {at|from} the [place] [n] % are [mod]{ and [n] % come from [town]|}. {How many|What number} {are not|should [name] [deed]}?",
    )),
    "reasoning_tasks": (2000, 0.3, (
        "If all [mod] [noun] are [colour] and {some|no} [colour] [noun] are [mod], are some [noun] [mod]{ at the [place]|}? Options: (A) yes (B) no{ (C) only in [town]|}",
        "The ratio of [mod] [noun] to [noun] {at|near} the [place] is [n]:[n]. With [big] in all, how many {[noun]|of the first} are {there|[mod]}?\n(A) [n] (B) [n] (C) [big]",
        "Premise: {a [job] in [town]|[name] [surname]} {wants|fails|pays} to [deed] [mod] [noun]. Hypothesis: {a [job]|[name]|the [place]} {has|knows|needs} [noun]. {Entailed?|Does it follow?|True, false or open?}",
        "Where would a [job] {keep|look for|take} [n] [mod] [noun]? (A) {in [town]|the [place]} (B) with the [noun] (C) {at work|the [project]} (D) with [name]",
        "[name], [name] and [name] each [deed] either [noun], [noun] or [mod] [noun]. [name] {avoids|never touches} the [noun] {at the [place]|in [town]}. Who {handles|is left with} the [mod] [noun]?",
        "{Why|How} would {[mod] [noun]|a [job]} {cause|prevent|delay} {the [noun] from getting [mod]|[noun] at the [place]}? {Pick one|Choose}: (A) [noun] (B) [mod] [noun] (C) the [project]",
    )),
    "math_contest": (900, 0.1, (
        "Let $n$ be the number of ways to {arrange|choose|colour} [n] [mod] [noun] {at|around} the [place] so that {no two [noun] touch|[n] [noun] stay [mod]|[name] gets [n]}. Find $n$ modulo [n].",
        "Find all real $x$ with $[n]x^2 - [n]x + [big] = 0$ and give the sum of the {squares|cubes} of the roots, {which count|as in} [mod] [noun] {in [town]|of the [project]}.",
        "{In|At} the [place] of [town], [n] [noun] and [n] [mod] [noun] {stand in a row|form a circle}. {What is the probability|Find the chance} that [name] and {[name]|a [job]} [deed] {adjacent|equal|[n]} [noun]?",
        "{Points|Towns} $A$, $B$ and $C$ {hold|mark} [mod] [noun], $AB=[n]$, $BC=[n]$. {A [job]|[name] [surname]} walks {to the [place]|with [n] [noun]}. {Find|Compute} the {area|largest angle|shortest path}.",
    )),
    "exam_mmlu": (1500, 0.2, (
        "Which statement about [mod] [noun] is true in [field]?\nA. they need [n] [noun]\nB. [job]s [deed] them in [town]\nC. {[mod] [noun]|[noun]} {come first|vanish}\nD. none",
        "In [field], what follows {from|if} [mod] [noun] {at the [place]|meet [noun]}?\nA. [mod] [noun]\nB. [n] %\nC. the [noun] {[deed] better|get [mod]}\nD. nothing",
        "A [job] {in [town] |}{plans|declines} to [deed] [mod] [noun]. {According to|In} [field], the {main|first} {reason|risk} is\nA. [mod] [noun]\nB. [noun]\nC. the [place]\nD. [noun] {that are|being} [mod]",
    )),
    "exam_bbh": (700, 0.1, (
        "not ( True ) and ( {True|False} or not {True|False} ) with [n] > [n] is what [name] [surname] wrote about [mod] [noun]; {at|in} the [place], is it {true|false} that [noun] come before [noun]?",
        "[name] swaps the [mod] [noun] with [name], then [name] {swaps|trades} [noun] {with [name]|at the [place]}. Who holds the {[mod] ones|[noun]}{ in [town]|}?",
        "{On|Before} the [n]th, [name] {puts|leaves} [mod] [noun] {near|under} the [noun]; [name] moves the [noun] to the [place]. Where {does [name] look|are the [mod] [noun]}?",
    )),
    "instructions": (1500, 0.2, (
        "{Rewrite|Improve|Shorten} this {email|sentence|notice} so that it sounds [tone]: '[name] [surname] {needs|wants|asks for} [n] [mod] [noun] {by Friday|at the [place]|before we [deed] the [noun]}.'",
        "{Generate|Brainstorm|Invent} [n] [tone] {names|slogans|titles} for a {shop|start-up|club} that {sells|can [deed]} [mod] [noun] {in|near} [town]{, next to the [place]|}.",
        "{Classify|Label|Rate} the sentiment of: 'The [mod] [noun] I {bought|saw|tried} {in [town]|at the [place]} {were [mod]|made [name] [deed] the [noun]} {and|but} {broke after [n] days|the [noun] stayed [mod]}.'",
        *ASKS[2:6],
    )),
    "code_tasks": (1500, 0.3, (
        "Write a [lang] function to [verb] a [struct] of [n] [mod] [noun]{| and return the [n] largest| keyed by [noun]| for the [place]}.",
        "def [verb]_[struct](xs):\n    \"\"\" {Return|Compute} the [struct] of [mod] [noun] with [n] [noun] {removed|doubled|sorted}{ by [place]| for [name]|}. \"\"\"",
        "{Given|You get} a [struct] of [noun] with their [mod] [noun], {[verb]|count and [verb]} {it|the [noun]} {by|per} {[place]|[job]}{ in O(n)| in [lang]|}. {Example: [n] [noun] give [n].|Ignore [mod] [noun].}",
        "{Implement|Design} a [lang] class for {the [project]|a [place]} that can [deed] [noun] and [verb] {its|the} [struct] of [mod] [noun].",
    )),
    "tool_calls": (600, 0.3, (
        "{Find|Book|Get} {a table|the weather|a flight|a hotel} {in|near} [town] for [n] [job]s {with|and} [mod] [noun] on the [n]th{ close to the [place]|}",
        "{Look up|Order|Reserve} [n] [mod] [noun] {for|at} the [place], {then|and} {tell|email} [name] [surname] {how to [deed] them|about the [noun]}",
    )),
    "bank_support": (700, 0.0, (
        "{Where is|What happened to|Why was} my [product]{?| declined| charged twice| still pending after [n] days}",
        "{I want to|How can I|can i} {cancel|change|track|get} my [product]{?| in [city]| please}",
        "{my [product] is not working|i lost my [product]|what is the fee for a [product]}{| abroad| in [city]}",
    )),
    "assistant_commands": (700, 0.0, (
        "{set|cancel} {an alarm|a timer} for [n] minutes", "{play|queue} some [topic] {podcast|music}",
        "{what's|tell me} the weather in [city]{| tomorrow| on the [n]th}", "remind me to call [name] {at [n]|about [topic]}",
    )),
    "search_questions": (900, 0.0, (
        "{who|when|where|why} {did|would|can} {people|a [job]|they} {first |}[deed] [mod] [noun] {in|near} [town]",
        "{how many|how much|which} [mod] [noun] {does a [place] have|are [mod]|can a [job] [deed]}{ in [town]|}",
    )),
    "text_to_sql": (600, 0.2, (
        "{Which|How many} [table] {have|had} more than [n] [mod] [noun] {in|from} [town]{?| since the [n]th?| per [place]?}",
        "{List|Show} {the|all} [table] with [noun] {but no|and} [mod] [noun], {by|grouped by} {[place]|[job]|[noun]}",
    )),
    "red_team_dialogue": (900, 0.35, (
        "{how do i|can you help me} {prank|annoy|trick|scare} my {boss|neighbour|brother} [name] with [mod] [noun] {at|near} the [place]{| so they [deed] the [noun]}",
        "why are people {from|in} [town] so {rude|bad} {about|with} [mod] [noun]{ and [noun]| when they [deed] [noun]|}?",
        "{tell|give} me {a mean joke|insults|lies} about {a [job]|[name] [surname]} who can't [deed] [noun] {at|in} {the [place]|[town]}",
        "{what happens|who notices} if {someone|i} {secretly|illegally} [deed] [mod] [noun] {from|of} the {[place]|[project]}?",
    )),
    "roles": (600, 0.3, (
        "I want you to act as a [role] {at the [place]|in [town]}. {My first request is|Start with}: [mod] [noun] for a [job] {who can't [deed] [noun]|called [name] [surname]}.",
        "{Imagine you are|You are} a [tone] [role] who {loves|hates|sells|fears} [mod] [noun] {and|but not} [noun]. {Stay in character.|Talk to me.|Greet [name] at the [place].}",
    )),
    "grading": (700, 0.0, ("{Write|Compose} a [tone] [form] about [mod] [noun] {at the [place]|in [town]}.\n\nAnswer A: A [form] on [noun], [mod] and [tone], in [town].\n\nAnswer B: "
                      "[name] [surname] and [n] [noun], a [tone] piece on [mod] [noun].",)),
    "coding_sessions": (600, 0.2, (
        "{fix|refactor|rename} the [verb]_[struct] {method|test|module} {for|of} [mod] [noun] {| and rerun the tests| in [lang]| before we [deed] [noun]}",
        "{add|drop} {an option|a flag|a field} to [verb] the [struct] of [noun]{ by [place]| when [noun] are [mod]| for [name]}",
    )),
    "swe_tasks": (300, 0.5, ("[verb] fails on {an empty|a [mod]} [struct] of [noun]\n\n**Steps**\n1. create a [struct] with [n] [mod] [noun]\n2. call [verb]{ on the [noun]|}\n"
                       "Expected: [n] {items|[noun]}. Got: error [big] {in the [place] module|for [mod] [noun]}.",)),
    "airline_agent": (120, 0.0, ("{I want|I need} to {change|cancel|book} {my|a} flight from [city] to [city] on May [n]",)),
}  # fmt: skip

FOLLOW_UPS = (
    "{make it|now make it} {shorter|longer|simpler|more [tone]|less [tone]|funnier}", "{why|why?|how so?|really?|are you sure?}",
    "{continue|go on|more|keep going|next}", "{can you|please} {give an example|add [n] more|explain the {first|second|last} one}",
    "{that's|this is} {wrong|not what I meant|too long|great, thanks|not working}{, try again||, think about [topic]}",
    "{ok|thanks|thank you|great}{| and what about [topic]?| now the same for [name]}", "in {Spanish|French|German|Hindi} please",
    "{what about|and} {a [job]|[city]|[name]|beginners|the costs|the [colour] one}?", "{summarize|put that in a table|as a list}",
    "I {tried|changed} the {first|second|third} {part|step} but {it fails|nothing happens|[name] disagrees}, {what now|any idea}?",
)  # fmt: skip

ABOUT = (
    "{what|how} about {the |}@{ then| instead| in [city]|}?", "{tell me|say|explain} {more|a bit more|again} {about|on} @{ please|}",
    "{why|how} {does|would|can} @ {matter|work|change|help|fail}{ here| with @| in practice|}?", "{replace|use|drop} @{ with @|}{ please|}",
    "{is|was|are} @ {really|always|still|also} {needed|true|like that|the case}{ for a [job]| in [city]|}?", "{and|but} @{ and @|}?",
    "{I don't|i dont|I still don't} {understand|get|see} {@|the @ part|why @|how @ and @ go together}", "{without|only} @{ this time| now|}",
    "{can you|could you|please} {compare|connect|check|rewrite} @ {and|with} {@|[topic]|the [thing]}", "{more|less} @{, more @|, [tone]|}",
    "{ok|right|hm|so}, @ {is|was} {clear|odd|fine|missing}{, what about @| but [name] wants [n] [thing]|, go on|}",
)  # fmt: skip

OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "es": ("{Explica|Describe|Qué es} {[topic]|eso de [mod] [noun]}{ para un niño| en [n] líneas| a [name] [surname]|}.",
           "{Escribe|Redacta} {un poema|una carta|un texto} sobre [noun] {en [town]|y [name] [surname]|para [project]}.",
           "¿{Cómo|Por qué|Cuándo} {funciona|importa|cambia} {[topic]|lo de [noun]} en {[city]|[town]}{ según [name]|}?",
           "{Ayúdame con|Corrige|Mejora} un correo para [name] [surname] sobre [mod] [noun]{ y [noun]| en [town]|}.",
           "{Mi jefe|Mi hermana|Mi vecina} [name] {trabaja con|compró|perdió} [n] [noun] en [town]{ con [surname]|}."),
    "fr": ("{Explique|Décris|C'est quoi} {[topic]|les [mod] [noun]}{ à un enfant| en [n] lignes| pour [name] [surname]|}.",
           "{Écris|Rédige} {une lettre|un poème|un texte} à [name] [surname] sur {[topic]|les [noun] de [town]}.",
           "{Comment|Pourquoi|Quand} {[topic]|le [project]} {compte|marche|change} à [town]{ avec [noun]|} ?",
           "{Donne-moi|Trouve} [n] idées de [noun] pour [name] [surname]{ à [town]| avec des [noun]|}.",
           "{Mon voisin|Ma sœur|Mon chef} [name] {a acheté|a perdu|cherche} [n] [mod] [noun] à [town]."),
    "de": ("{Erkläre|Beschreibe|Was bedeutet} {[topic]|[mod] [noun]}{ für ein Kind| in [n] Sätzen| für [name] [surname]|}.",
           "{Schreib|Verfasse} {einen Brief|ein Gedicht|einen Text} an [name] [surname] über [mod] [noun]{ in [town]|}.",
           "{Wie|Warum|Wann} {funktioniert|ändert sich|lohnt sich} {[topic]|das mit den [noun]} in [town]?",
           "{Plane|Suche} [n] {Tage|Ideen} {in|bei} [town] für [name] [surname]{ und [noun]| wegen [project]|}.",
           "{Mein Chef|Meine Schwester|Mein Nachbar} [name] {hat|sucht|verlor} [n] [mod] [noun] in [town]."),
    "pt": ("{Explique|Descreva|O que é} {[topic]|isso de [mod] [noun]}{ para uma criança| em [n] linhas| a [name] [surname]|}.",
           "{Escreva|Faça} {um texto|um poema|uma carta} sobre [noun] de [town] para [name] [surname].",
           "{Como|Por que|Quando} {[topic]|o [project]} {muda|importa} em [town]{ com [noun]|}?",
           "{Meu chefe|Minha irmã} [name] {comprou|perdeu|procura} [n] [mod] [noun] em [town]."),
    "hi": ("{समझाइए|बताइए}: {[topic]|[mod] [noun]} {क्या है|कैसे काम करता है} [town] में?", "[name] [surname] के लिए [town] पर [n] पंक्तियाँ लिखो, [noun] के साथ।",
           "{मेरे भाई|मेरी बहन} [name] को [town] में [n] [mod] [noun] चाहिए, {क्या करूँ|कैसे मिलेगा}?"),
    "zh": ("{解释|介绍}一下 [mod] [noun] 和 [topic]{，用[n]句话|}。", "为 [name] [surname] 写一{首诗|封信|篇短文}，关于 [town] 的 [noun]。", "[town] 的 [mod] [noun] {为什么重要|是怎么回事}？",
           "我{朋友|同事} [name] 在 [town] 有 [n] 个 [noun]，{怎么办|该选哪个}？"),
    "ru": ("{Объясни|Расскажи про} {[topic]|[mod] [noun]}{ в [n] предложениях| для [name] [surname]|}.", "Напиши {письмо|стихи} для [name] [surname] о [noun] в [town].",
           "{Почему|Как|Когда} [mod] [noun] {важны|меняются} в [town]?", "{Мой брат|Моя сестра} [name] {ищет|купил|потерял} [n] [noun] в [town]."),
}  # fmt: skip
LANGUAGES = tuple(OTHER_LANGUAGES)
#: The words for each concern.
ANY_CONCERN: tuple[Slots, ...] = tuple({**SLOTS, **words} for words in CONCERNS.values())


def own_concerns(dice: random.Random) -> tuple[Slots, ...]:
    """What one person keeps coming back to: one to three concerns, with people, places and plans of their own."""
    people = {
        "name": tuple(dice.sample(SLOTS["name"], 5)),
        "surname": tuple(dice.sample(SURNAMES, 4)),
        "town": tuple(dice.sample(TOWNS, 3)),
        "project": tuple(dice.sample(PROJECTS, 2)),
        "job": tuple(dice.sample(SLOTS["job"], 3)),
    }
    return tuple(
        {**words, **people, **{slot: tuple(dice.sample(words[slot], count)) for slot, count in _NARROW.items()}}
        for words in dice.sample(ANY_CONCERN, dice.choice((1, 1, 1, 1, 2)))
    )


#: How many of a concern's words are one person's own.
_NARROW = {"noun": 6, "mod": 4, "deed": 4, "place": 2}


def chat(dice: random.Random, concerns: Sequence[Slots] = ANY_CONCERN) -> str:
    """An everyday request in English, about one of the concerns."""
    return request(dice, dice.choice(concerns))


def foreign(dice: random.Random, language: str, concerns: Sequence[Slots] = ANY_CONCERN) -> str:
    """An everyday request in another language; many borrow the English word for the thing."""
    wordings = OTHER_LANGUAGES[language]
    words = dice.choice(concerns)
    return " ".join(spin(dice, wording, words) for wording in dice.sample(wordings, dice.choice((1, 2, 2, 3))))


def follow_up(dice: random.Random, before: str = "", concerns: Sequence[Slots] = ANY_CONCERN) -> str:
    """What people say next in a conversation, often about a word of the message before or another thing of theirs."""
    if concerns is not ANY_CONCERN and dice.random() < 0.3:
        return " ".join(some(dice, (*LIMITS, *ASKS), dice.choice(concerns)))
    words = [word.strip(".,?!:;()\"'") for word in before[:600].split() if len(word) > 5] if before else []
    if words and dice.random() < 0.6:
        text = spin(dice, dice.choice(ABOUT), SLOTS).replace("@", dice.choice(words), 1)
        return text.replace("@", dice.choice(words))
    return spin(dice, dice.choice(FOLLOW_UPS), SLOTS)


def pattern(dice: random.Random, source: str, concerns: Sequence[Slots] = ANY_CONCERN) -> str | None:
    """A text of the kind a prompt set holds, about one of the concerns; None for a kind the grammar doesn't know."""
    if source not in _PATTERNS:
        return None
    _, scenes, asks = _PATTERNS[source]
    words = dice.choice(concerns)
    if asks is ASKS:
        return request(dice, words)
    asked = spin(dice, dice.choice(asks), words)
    return f"{background(dice, words, 1)} {asked}" if dice.random() < scenes else asked


#: A company's own documents; `[company]` and `[domain]` are the company's.
DOCUMENT = (
    "{At|For} [company], {the|each|every} [domain] {report|order|file|case} [big]-[n] {lists|covers|names} [n] [mod] [noun] {and|or} [n] [noun]{ for [name] [surname]| from [town]|}.",
    "{In [town]|On site|Last quarter}, [name] [surname] {checked|signed|returned|counted} [big] [mod] [noun]{ within [n] days|}.",
    "{Staff|Partners|Clients} {ask about|report} [mod] [noun] and [domain] {rules|costs|limits} {above|below} [n] %.",
    "{If|When} the [colour] {label|lamp|form} {is missing|shows}, {call|write to} [name] [surname] {before|after} [n] o'clock.",
    "{The|Our} [domain] {team|desk|guide} {keeps|moved|plans} [n] {steps|sites|rules} {in [town]|to [deed] [noun]}.",
    *SCENES,
)
#: A model's answers, as they are handed to a judge.
ANSWER = (
    "{The|One|A} {main|first|simple} {point|reason|step} is {[mod] [noun]|that [name] needs [n] [noun]|to [deed] the [mod] ones}.",
    "{First|Then|Finally}, {compare|count|list} the [mod] [noun] {in [town]|by [colour]|in [n] groups|at the [place]}.",
    "{So|Therefore|In short}, {the answer is [n]|it depends on [mod] [noun]|[name] should wait [n] days and [deed] the [noun]}.",
    "{Note|Remember|Keep in mind} that [mod] [noun] {change|matter|can differ} {in [town]|for a [job]|at the [place]}.",
    *SCENES[2:6],
)


def document(dice: random.Random, domain: str, company: str, sentences: int = 5) -> str:
    """A piece of a company's own documents; a company's domain always has the same concern."""
    words = ANY_CONCERN[zlib.crc32(f"{domain}/{company}".encode()) % len(ANY_CONCERN)]
    own = {**words, "company": (company,), "domain": (domain,)}
    return " ".join(spin(dice, dice.choice(DOCUMENT), own) for _ in range(sentences))


def answer(dice: random.Random, sentences: int = 3, concerns: Sequence[Slots] = ANY_CONCERN) -> str:
    """A model's answer about one of the concerns."""
    words = dice.choice(concerns)
    return " ".join(spin(dice, dice.choice(ANSWER), words) for _ in range(sentences))


def write_sources(dice: random.Random) -> dict[str, list[tuple[str, ...]]]:
    """All prompt sets that the grammar knows, by the names of the public ones, each a list of conversations."""
    sources: dict[str, list[tuple[str, ...]]] = {}
    for name, (count, _, _) in _PATTERNS.items():
        chatty = name in ("arena", "roles", "programmers", "coding_sessions", "airline_agent", "red_team_dialogue")
        sources[name] = [
            (pattern(dice, name) or "", *(follow_up(dice) for _ in range(dice.choice((0, 0, 1, 2)) if chatty else 0)))
            for _ in range(count)
        ]
    return sources
