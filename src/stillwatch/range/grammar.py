"""The range's own prompts: a small grammar per kind of text, for worlds that need no data beside the package."""

# ruff: noqa: E501, SIM905 - patterns and word lists read best on one line each

from __future__ import annotations

import random

from stillwatch.range import vary
from stillwatch.range.spin import spin

SLOTS: dict[str, tuple[str, ...]] = {
    "name": tuple(vary.NAMES),
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

_PATTERNS: dict[str, tuple[int, tuple[str, ...]]] = {
    "arena": (1600, (
        "{What is|Explain|Can you describe|Tell me about} [topic]{?| in [n] words| for a [job]| like I am five}",
        "{How|Why} {does|did} [topic] {matter|work|change} {in [city]|for a [job]|today|in practice}?",
        "{Write|Compose|Draft} a [tone] [form] about [topic]{ and [topic]|| set in [city]| for [name]}",
        "{Plan|Suggest} [n] {days|hours|ideas} {in [city]|around [topic]} for a [job]{| on a small budget| with children}",
        "{Compare|What is the difference between} [topic] and [topic]{?| in a table}",
        "{Give me|List} [n] {facts|myths|questions|jokes} about [topic]{| that a [job] would like}",
        "{I am|My friend is} a [job] in [city] and {wants|needs} to learn [topic]. {Where to start?|What first?|Any advice?}",
        "{Translate|Rephrase} '[name] saw [n] [thing] in [city]' {into Spanish|into French|in a [tone] way|into Hindi}",
        "{hi|hello|hey|thanks|tell me a joke|who are you|write a poem|help me}",
    )),
    "programmers": (500, (
        "{How do I|how to|What's the way to} [verb] a [struct] in [lang]{?| without a library| in one line}",
        "{fix|debug|why does} this [lang] {function|loop|class} {fail|throw} when the [struct] has [n] elements?",
        "{write|add} a {test|docstring|type hint} for a function that can [verb] a [struct]{| and a [struct]}",
        "{convert|port} my [verb] [struct] code from [lang] to [lang]{|, keep it short}",
    )),
    "math_word": (900, (
        "[name] has [n] [thing] and {buys|finds|wins} [n] more. {He|She} gives [n] to [name]. How many [thing] are left?",
        "A shop sells [thing] at $[n] each. [name] buys [n] and pays with $[big]. How much change {does [name] get|is due}?",
        "[name] reads [n] pages a day for [n] days, and [name] reads twice as many. How many pages do they read together?",
        "A train leaves [city] at [n] km/h and travels [n] hours. {How far|What distance} does it go, in km?",
        "[n] boxes hold [n] [thing] each; [n] are broken. What share of the [thing] can [name] still sell?",
    )),
    "reasoning_tasks": (900, (
        "If all [thing] are [colour] and {some|no} [colour] things are [thing], are some [thing] [thing]? Options: (A) yes (B) no",
        "The ratio of [thing] to [thing] is [n]:[n]. With [big] in all, how many are [thing]?\n(A) [n] (B) [n] (C) [big]",
        "Premise: a [job] in [city] studies [topic]. Hypothesis: a [job] knows [topic]. {Entailed?|Does it follow?}",
        "Where would a [job] keep [n] [thing]? (A) in [city] (B) in a box (C) at work",
    )),
    "math_contest": (400, (
        "Let $n$ be the number of [n]-digit integers divisible by [n] and by [n]. Find $n$ modulo [n].",
        "Find all real $x$ with $x^2 - [n]x + [n] = 0$ and give the sum of the {squares|cubes} of the roots.",
    )),
    "exam_mmlu": (900, (
        "Which statement about [topic] is true in [field]?\nA. it needs [n] [thing]\nB. it began in [city]\nC. [n]\nD. none",
        "In [field], what follows from [topic]?\nA. [topic]\nB. [n] %\nC. [colour] shift\nD. nothing",
    )),
    "exam_bbh": (400, ("not ( True ) and ( {True|False} or not {True|False} ) with [n] > [n] is",
                       "[name] swaps the [colour] ball with [name], then [name] with [name]. Who holds the [colour] ball?")),
    "instructions": (400, (
        "{Rewrite|Improve|Shorten} this {email|sentence|notice} so that it sounds [tone]: '[name] needs [n] [thing] by Friday.'",
        "{Generate|Brainstorm} [n] {names|slogans} for a {shop|start-up} that sells [thing] in [city].",
        "{Classify|Label} the sentiment of: 'The [thing] I bought in [city] were [colour] and broke after [n] days.'",
    )),
    "code_tasks": (400, (
        "Write a [lang] function to [verb] a [struct] of [n] elements{| and return the [n] largest}.",
        "def [verb]_[struct](xs):\n    \"\"\" {Return|Compute} the [struct] with [n] items {removed|doubled|sorted}. \"\"\"",
    )),
    "tool_calls": (300, ("{Find|Book|Get} {a table|the weather|a flight|a hotel} in [city] for [n] people on the [n]th",)),
    "bank_support": (700, (
        "{Where is|What happened to|Why was} my [product]{?| declined| charged twice| still pending after [n] days}",
        "{I want to|How can I|can i} {cancel|change|track|get} my [product]{?| in [city]| please}",
        "{my [product] is not working|i lost my [product]|what is the fee for a [product]}{| abroad| in [city]}",
    )),
    "assistant_commands": (700, (
        "{set|cancel} {an alarm|a timer} for [n] minutes", "{play|queue} some [topic] {podcast|music}",
        "{what's|tell me} the weather in [city]{| tomorrow| on the [n]th}", "remind me to call [name] {at [n]|about [topic]}",
    )),
    "search_questions": (600, ("{who|when|where} {invented|discovered|started} [topic]{| in [city]}",
                               "{how many|how much} [thing] {are made|are sold} in [city]")),
    "text_to_sql": (300, ("{Which|How many} [table] {have|had} more than [n] [table] in [city]{?| since the [n]th?}",)),
    "red_team_dialogue": (300, ("{how do i|can you help me} {prank|annoy|trick} my {boss|neighbour|brother} with [thing]",
                                "why are people from [city] so {rude|bad at [topic]}?")),
    "roles": (200, ("I want you to act as a [role]. {My first request is|Start with}: [topic] for a [job] in [city].",
                    "{Imagine you are|You are} a [tone] [role] who {loves|hates} [topic]. {Stay in character.|Talk to me.}")),
    "grading": (300, ("{Write|Compose} a [tone] [form] about [topic].\n\nAnswer A: A [form] on [topic] in [city].\n\nAnswer B: "
                      "[name] and [n] [thing], a [tone] piece on [topic].",)),
    "coding_sessions": (200, ("{fix|refactor|rename} the [verb]_[struct] {method|test|module} {| and rerun the tests}",
                              "{add|drop} {an option|a flag} to [verb] the [struct]")),
    "swe_tasks": (60, ("[verb] fails on an empty [struct]\n\n**Steps**\n1. create a [struct] with [n] items\n2. call [verb]\n"
                       "Expected: [n] items. Got: error [big].",)),
    "airline_agent": (120, ("{I want|I need} to {change|cancel|book} {my|a} flight from [city] to [city] on May [n]",)),
}  # fmt: skip

FOLLOW_UPS = (
    "{make it|now make it} {shorter|longer|simpler|more [tone]|less [tone]|funnier}", "{why|why?|how so?|really?|are you sure?}",
    "{continue|go on|more|keep going|next}", "{can you|please} {give an example|add [n] more|explain the {first|second|last} one}",
    "{that's|this is} {wrong|not what I meant|too long|great, thanks|not working}{, try again||, think about [topic]}",
    "{ok|thanks|thank you|great}{| and what about [topic]?| now the same for [name]}", "in {Spanish|French|German|Hindi} please",
    "{what about|and} {a [job]|[city]|[name]|beginners|the costs|the [colour] one}?", "{summarize|put that in a table|as a list}",
    "I {tried|changed} the {first|second|third} {part|step} but {it fails|nothing happens|[name] disagrees}, {what now|any idea}?",
)  # fmt: skip

_ABOUT = (
    "{what|how} about {the |}@{ then| instead| in [city]|}?", "{tell me|say|explain} {more|a bit more|again} {about|on} @{ please|}",
    "{why|how} {does|would|can} @ {matter|work|change|help|fail}{ here| with @| in practice|}?", "{replace|use|drop} @{ with @|}{ please|}",
    "{is|was|are} @ {really|always|still|also} {needed|true|like that|the case}{ for a [job]| in [city]|}?", "{and|but} @{ and @|}?",
    "{I don't|i dont|I still don't} {understand|get|see} {@|the @ part|why @|how @ and @ go together}", "{without|only} @{ this time| now|}",
    "{can you|could you|please} {compare|connect|check|rewrite} @ {and|with} {@|[topic]|the [thing]}", "{more|less} @{, more @|, [tone]|}",
    "{ok|right|hm|so}, @ {is|was} {clear|odd|fine|missing}{, what about @| but [name] wants [n] [thing]|, go on|}",
)  # fmt: skip

_OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "es": ("{Explica|Describe|Qué es} [topic]{ para un niño| en [n] líneas|}", "{Escribe|Redacta} un poema sobre [city] y [name]",
           "¿{Cómo|Por qué} {funciona|importa} [topic] en [city]?", "Ayúdame con un correo para [name] sobre [thing]"),
    "fr": ("{Explique|Décris|C'est quoi} [topic]{ à un enfant| en [n] lignes|}", "{Écris|Rédige} une lettre à [name] sur [topic]",
           "{Comment|Pourquoi} [topic] {compte|marche} à [city] ?", "Donne-moi [n] idées de cadeaux pour [name]"),
    "de": ("{Erkläre|Beschreibe|Was ist} [topic]{ für ein Kind| in [n] Sätzen|}", "{Schreib|Verfasse} einen Brief an [name] über [thing]",
           "{Wie|Warum} funktioniert [topic] in [city]?", "Plane [n] Tage in [city] für [name]"),
    "pt": ("{Explique|Descreva|O que é} [topic]{ para uma criança| em [n] linhas|}", "Escreva um texto sobre [city] para [name]"),
    "hi": ("{समझाइए|बताइए}: [topic] {क्या है|कैसे काम करता है}?", "[name] के लिए [city] पर [n] पंक्तियाँ लिखो"),
    "zh": ("{解释|介绍}一下[topic]{，用[n]句话|}", "为[name]写一{首诗|封信|篇短文}，关于[city]", "[topic]{为什么重要|是怎么回事}？"),
    "ru": ("{Объясни|Расскажи про} [topic]{ в [n] предложениях|}", "Напиши письмо для [name] о [city]"),
}  # fmt: skip
LANGUAGES = tuple(_OTHER_LANGUAGES)


def chat(dice: random.Random) -> str:
    """An everyday request in English."""
    return spin(dice, dice.choice(_PATTERNS["arena"][1]), SLOTS)


def foreign(dice: random.Random, language: str) -> str:
    """An everyday request in another language."""
    return spin(dice, dice.choice(_OTHER_LANGUAGES[language]), SLOTS)


def follow_up(dice: random.Random, before: str = "") -> str:
    """What people say next in a conversation, often about a word of the message before."""
    words = [word.strip(".,?!:;()\"'") for word in before[:600].split() if len(word) > 5] if before else []
    if words and dice.random() < 0.6:
        text = spin(dice, dice.choice(_ABOUT), SLOTS).replace("@", dice.choice(words), 1)
        return text.replace("@", dice.choice(words))
    return spin(dice, dice.choice(FOLLOW_UPS), SLOTS)


def pattern(dice: random.Random, source: str) -> str | None:
    """A text of the kind a prompt set holds, None where the grammar doesn't know the kind."""
    return spin(dice, dice.choice(_PATTERNS[source][1]), SLOTS) if source in _PATTERNS else None


def document(dice: random.Random, domain: str, company: str, sentences: int = 5) -> str:
    """A piece of a company's own documents."""
    parts = (
        f"{{At|For}} {company}, {{the|each|every}} {domain} {{report|order|file|case}} [big]-[n] {{lists|covers|names}} [n] "
        "[thing] {and|or} [n] [thing].",
        "{In [city]|On site|Last quarter}, [name] {checked|signed|returned|counted} [big] [thing]{ within [n] days|}.",
        f"{{Staff|Partners|Clients}} {{ask about|report}} [topic] and {domain} {{rules|costs|limits}} {{above|below}} [n] %.",
        "{If|When} the [colour] {label|lamp|form} {is missing|shows}, {call|write to} [name] {before|after} [n] o'clock.",
        f"{{The|Our}} {domain} {{team|desk|guide}} {{keeps|moved|plans}} [n] {{steps|sites|rules}} {{in [city]|for [topic]}}.",
    )
    return " ".join(spin(dice, dice.choice(parts), SLOTS) for _ in range(sentences))


def answer(dice: random.Random, sentences: int = 3) -> str:
    """A model's answer, as it is handed to a judge."""
    parts = (
        "{The|One|A} {main|first|simple} {point|reason|step} is {[topic]|that [name] needs [n] [thing]|the [colour] one}.",
        "{First|Then|Finally}, {compare|count|list} the [thing] {in [city]|by [colour]|in [n] groups}.",
        "{So|Therefore|In short}, {the answer is [n]|it depends on [topic]|[name] should wait [n] days}.",
        "{Note|Remember|Keep in mind} that [topic] {changes|matters|can differ} {in [city]|for a [job]}.",
    )
    return " ".join(spin(dice, dice.choice(parts), SLOTS) for _ in range(sentences))


def write_sources(dice: random.Random) -> dict[str, list[tuple[str, ...]]]:
    """All prompt sets that the grammar knows, by the names of the public ones, each a list of conversations."""
    sources: dict[str, list[tuple[str, ...]]] = {}
    for name, (count, _) in _PATTERNS.items():
        chatty = name in ("arena", "roles", "programmers", "coding_sessions", "airline_agent", "red_team_dialogue")
        sources[name] = [
            (pattern(dice, name) or "", *(follow_up(dice) for _ in range(dice.choice((0, 0, 1, 2)) if chatty else 0)))
            for _ in range(count)
        ]
    return sources
