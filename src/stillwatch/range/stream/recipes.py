"""What each benign kind sends and how its accounts hang together, as data: the kinds of `range.benign`, for streaming.

Shares and requests per account are the registry's. A recipe says what a request is made of; `wording` puts it together.
"""

# ruff: noqa: E501 - patterns read best on one line each

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.range.customer import Use
from stillwatch.range.schedule import Style

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Accounts that belong together: how many, and what they have in common."""

    sizes: tuple[tuple[int, int, float], ...] = ((1, 1, 1.0),)  #: (least, most, weight)
    shares: frozenset[str] = frozenset()  #: of org, card, client, mail, zone, signup, egress, campus, machines
    plan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One kind. Probabilities are in [0, 1]; pairs are ranges that an account's own value is drawn from."""

    kind: str
    about: tuple[Names, ...]  #: alternatives of prompt sets, one for each group; "chat" is all chat sets
    uses: tuple[Use, ...] = ("person", "person", "developer")
    style: Style | None = None  #: the day curve, where it is not that of the use
    spread: float = 0.95  #: of the lognormal requests per account
    group: Group = Group()
    topics: tuple[int, int] = (1, 4)
    care: tuple[float, float] = (0.0, 1.0)
    follow: tuple[float, float] = (0.0, 0.0)
    fresh: tuple[float, float] = (0.0, 0.0)  #: openings from the grammar
    foreign: float = 0.0  #: accounts that mostly write in another language
    frame: str | None = None  #: bank of what stands before an opening, one for a group
    frame_share: float = 1.0
    habit: str | None = None  #: bank of what is said after an opening, a few of them for an account
    habit_share: float = 0.0
    system: str | None = None  #: bank of system prompts, one for a group
    system_share: float = 1.0
    documents: tuple[int, int] = (0, 0)  #: sentences of the group's own documents
    documents_of: str = "document"
    popular: float = 0.0  #: exponent by which a few questions are asked most; 0 is evenly
    crowd: bool = False  #: every conversation is another person's
    verbosity: float = 1.0
    refused: float | None = None
    tools: int = 0
    burst: tuple[float, float] = (0.0, 0.0)  #: hours of activity, where it is one burst
    at_release: float = 0.0  #: share of groups whose burst is at the model's release


_ONE_TO_FOUR = ((1, 4, 1.0),)
_COMPANY = frozenset({"org", "card"})
_PRODUCT = Group(sizes=_ONE_TO_FOUR, shares=frozenset({"org", "card", "client"}))
_SERVICE: tuple[Use, ...] = ("service",)
_MACHINES: tuple[Use, ...] = ("service", "service", "developer")

RECIPES: tuple[Recipe, ...] = (
    Recipe(kind="chat", about=(("chat",),), uses=("person",) * 7 + ("developer",), spread=1.4, follow=(0.1, 0.6), fresh=(0.25, 0.6), foreign=0.2),
    Recipe(kind="heavy_user", about=(("chat", "programmers"),), spread=0.6, topics=(3, 9), follow=(0.2, 0.5), fresh=(0.4, 0.4)),
    Recipe(kind="programmer", about=(("code_tasks", "programmers"), ("programmers", "coding_sessions", "text_to_sql"), ("programmers", "coding_sessions", "chat")), uses=("developer", "developer", "person"), follow=(0.2, 0.6), fresh=(0.08, 0.08)),
    Recipe(kind="pupil", about=(("math_word",), ("math_word", "reasoning_tasks"), ("math_contest",), ("exam_mmlu",), ("math_word", "code_tasks")), uses=("person",), topics=(1, 3), follow=(0.2, 0.5), fresh=(0.1, 0.1), habit="pupil", habit_share=0.7, verbosity=1.3),
    Recipe(kind="learner", about=(("code_tasks", "programmers"), ("code_tasks",)), topics=(1, 3), follow=(0.2, 0.6), fresh=(0.05, 0.05), habit="learner", habit_share=0.6, verbosity=1.3),
    Recipe(kind="writer", about=(("roles", "instructions", "mt_bench"),), care=(0.4, 1.0), follow=(0.5, 0.8), fresh=(0.15, 0.15), verbosity=1.6),
    Recipe(kind="red_teamer", about=(("red_team_dialogue",),), topics=(2, 5), follow=(0.35, 0.35), fresh=(0.08, 0.08), refused=0.15),
    Recipe(kind="classroom", about=(("chat",), ("math_word", "chat"), ("code_tasks", "chat")), uses=("person",), spread=0.5, follow=(0.3, 0.3), fresh=(0.3, 0.3), group=Group(sizes=((14, 45, 1.0),), shares=frozenset({"campus", "mail", "zone", "signup"})), popular=0.4, burst=(60, 96)),
    Recipe(kind="office", about=(("chat", "programmers", "search_questions"),), style="office", group=Group(sizes=((5, 60, 1.0),), shares=frozenset({"org", "card", "egress", "mail", "zone", "client"}), plan="team"), topics=(1, 5), follow=(0.35, 0.35), fresh=(0.3, 0.3)),
    Recipe(kind="own_key_app", about=(("chat",),), spread=1.1, group=Group(sizes=((80, 420, 1.0),), shares=frozenset({"client", "signup"})), follow=(0.1, 0.5), fresh=(0.4, 0.4), foreign=0.15, system="app"),
    Recipe(kind="agency_clients", about=(("instructions", "chat", "roles"),), uses=("person", "person", "person", "developer", "service"), group=Group(sizes=((3, 20, 1.0),), shares=frozenset({"card"})), follow=(0.35, 0.35), fresh=(0.3, 0.3)),
    Recipe(kind="aggregator", about=(("chat",),), uses=_SERVICE, spread=0.4, group=Group(sizes=((3, 9, 1.0),), shares=_COMPANY | {"machines"}, plan="enterprise"), follow=(0.35, 0.35), fresh=(0.4, 0.4), foreign=0.1, crowd=True),
    Recipe(kind="evaluation", about=(("exam_mmlu",), ("exam_bbh",), ("math_word",), ("code_tasks",), ("math_contest",), ("arena_hard",), ("tool_calls",)), uses=_MACHINES, style="flat", group=Group(sizes=((1, 1, 6.0), (2, 2, 3.0), (4, 4, 2.0), (8, 8, 1.0)), shares=frozenset({"org", "card", "client"})), topics=(8, 8), care=(2.0, 2.0), frame="harness", verbosity=0.6, burst=(4, 60), at_release=0.75),
    Recipe(kind="batch", about=((),), uses=_MACHINES, style="nightly", frame="clerk", system="clerk", system_share=0.5, documents=(1, 6)),
    Recipe(kind="own_data", about=((),), uses=_MACHINES, group=Group(sizes=((1, 1, 6.0), (2, 2, 3.0), (5, 5, 1.0)), shares=_COMPANY), frame="own_data", documents=(3, 8), verbosity=1.4),
    Recipe(kind="judge", about=(("chat",), ("bank_support",), ("search_questions",), ("programmers",), ("instructions",)), uses=_MACHINES, group=Group(sizes=((1, 1, 6.0), (2, 2, 3.0), (3, 3, 1.0)), shares=_COMPANY), frame="judge", documents=(2, 4), documents_of="answer", care=(0.6, 0.6), verbosity=0.8),
    Recipe(kind="product_bot", about=(("bank_support",), ("assistant_commands",)), uses=_SERVICE, spread=1.0, group=_PRODUCT, topics=(1, 3), care=(0.4, 0.4), system="product", popular=1.1, verbosity=0.7),
    Recipe(kind="retrieval", about=(("search_questions",),), uses=_SERVICE, spread=1.0, group=_PRODUCT, topics=(1, 3), care=(0.4, 0.4), frame="passages", system="product", documents=(3, 6), popular=1.1, verbosity=0.7),
    Recipe(kind="text_to_sql", about=(("text_to_sql",),), uses=_SERVICE, spread=1.0, group=_PRODUCT, topics=(1, 3), care=(0.8, 0.8), frame="schema", system="product", popular=1.1, verbosity=0.7),
    Recipe(kind="airline_agent", about=(("airline_agent",),), uses=_SERVICE, spread=0.8, group=Group(sizes=((2, 12, 1.0),), shares=_COMPANY), topics=(8, 8), care=(0.7, 0.7), follow=(0.6, 0.6), system="product", tools=12),
    Recipe(kind="ci_agent", about=(("swe_tasks",), ("coding_sessions",)), uses=_SERVICE, spread=1.0, group=_PRODUCT, topics=(8, 8), follow=(0.7, 0.85), frame="repository", tools=5),
    Recipe(kind="tutoring_product", about=(("math_word",), ("math_contest", "math_word"), ("exam_mmlu",)), uses=_SERVICE, spread=1.0, group=Group(sizes=((1, 1, 6.0), (2, 2, 3.0), (3, 3, 1.0)), shares=frozenset({"org", "card", "client"})), topics=(1, 6), frame="tutor", popular=0.8, verbosity=1.4),
)  # fmt: skip

SYSTEMS = {
    "product": (
        "{You are|You're} {the|a} {help|support|service} {assistant|agent|bot} of {Northwind|Kestrel|Alder|Marlin|Fjord|Cobalt} {Bank|Home|Travel|Market|Data} [town]. {Answer only about our products.|Be polite and short.|Hand over to a human if unsure.} {Release|Build} [n].[big].",
    ),
    "app": (
        "You are {Nova|Quill|Sage|Dot|Iris} [surname], a {friendly|concise|witty} {writing|desktop|browser|note} assistant. {Answer in markdown.|Use the user's language.|Be honest about limits.} Version [n].[n].",
    ),
    "clerk": (
        "{You are a careful clerk.|Only answer with the result.|Work for [city] office.} {Case|Desk|Unit} [big].",
    ),
}
HARNESSES = (
    "The following are multiple choice questions (with answers).\n\n",
    "Q: ",
    "Question: Let's think step by step.\n",
    "Complete the following function.\n",
    "Solve the problem. Put your final answer within \\boxed{}.\n\n",
    "",
    "",
)
FRAMES = {
    "clerk": (
        "{Summarise|Condense} the {note|record|ticket} {below|here} in {one|two|three} {sentences|lines}{ for [job]s|}:\n\n",
        "{Extract|List} {names, dates and amounts|the fields|all parties} {as JSON|as CSV|in a table} from{ the [place] files|}:\n\n",
        "{Classify|Tag|Route} this {message|entry|review} {about [noun] |}as {urgent or not|one of [n] labels|positive, neutral or negative}:\n\n",
        "{Translate|Localise} into {German|Spanish|French|Japanese}, {keep the names|formal}{, for the [project]|}:\n\n",
        "{Check|Verify} the {entry|claim} {against our rules|for errors} {at [place] |}and {explain each step|give reasons|say ok or not}:\n\n",
    ),
    "passages": ("{Use|Answer from|Read} the {passages|context|sources} {below|given}{ about [noun]|}.\n\n",),
    "schema": ("CREATE TABLE [table] (id int, [struct] text, [thing] int, at date);\nCREATE TABLE [table] (id int, [struct] text, [noun] int);\n-- ",),
    "repository": ("{Fix|Resolve|Work on} the {issue|ticket} in {repo|repository} [verb]-[struct]-[n]:\n",),
    "tutor": (
        "{You are|Act as} {a patient|our|an} {tutor|maths coach|homework helper}{ of [project]|}. {Solve|Explain} the {task|exercise} {step by step|in small steps|showing all your reasoning}, {then|and} {ask a question back|give the answer last|say what was hard}. {Grade|Level|Year} [n].\n",
        "{A pupil|One of our users} {of [project] |}asks: ",
    ),
}  # fmt: skip
TOOL_STEPS = (
    "{pytest|ruff|make test|git diff} {exit [n]|ok|failed: [n] of [big]} in [verb]_[struct].py:[big]",
)  # fmt: skip
