"""The rate of elicitation phrases: the share of an account's prompts that ask for reasoning, grades, rewrites or tasks.

The phrases are those of published elicitation prompts in eight languages, widened by what campaigns of the worlds that
set the threshold say; they are not the product's lexicon. Matching is by RE2, in prompt and system prompt.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables

_SAY = (
    r"(show|explain|write|lay|include|give|spell|record|expose|trace|document|verbali[sz]e|articulate|narrate|state|set)"
    r"( me| out| down)?"
)
_ALL = r"( in full| all| every| each| the| your| full| whole| complete| entire| detailed| intermediate| of)*"
_WHAT = (
    r"(work\b|working|reasoning|thinking|thoughts?\b|line of thought|steps|derivation|rationale|deductions?|chain"
    r"|path behind|scratch)"
)
REASONING = "|".join(
    (
        r"step[- ]by[- ]step|chain[- ]of[- ]thought|let'?s think|think (out loud|aloud|through|carefully)",
        f"{_SAY}{_ALL} {_WHAT}",
        r"reasoning (trace|process|steps|before)|(internal|inner) (monologue|reasoning)|intermediate (result|step)",
        r"(before|prior to) (giving|stating|committing( to)?) (a|any|the|your)( final)? (answer|result)",
        r"(in full|slowly|thoroughly|carefully) before you answer|as an expert would",
        r"(do not|don't|never) (skip|abbreviate|summari[sz]e) (the |any )?(thinking|steps?|derivation|reasoning)",
        r"(number|label|index|justify|motivate) (each|every) (step|claim)",
        r"</?(think|thinking|analysis|scratchpad|reasoning)>",
        r"(several|alternative) (approaches|ideas), then choose|your reasoning in",
        r"paso a paso|razonamiento|étape par étape|raisonnement|schritt für schritt|gedankengang|begründe",
        r"passo a passo|raciocínio|passo dopo passo|ragionamento|шаг за шагом|пошагово|рассуждени|逐步|一步一步",
        r"思考过程|推理过程|推理|ステップ|段階的|단계별",
    )
)
OTHER = "|".join(
    (
        r"rubric|on a scale (of|from)|deduct points|penali[sz]e|the critique|the verdict|expert (referee|grader|judge)",
        r"which (of the two )?(answers?|responses?|repl(y|ies)) (is better|wins?)",
        r"(grade|score|rate|evaluate|judge|assess) (the |this |these |each |both |two |following )*(answer|response)",
        r"(grade|score|rate|evaluate|judge|assess) (the |this |these |both |following )*(candidate|solution)",
        r"(acceptable|safe|aligned|careful|polite) (reply|answer|response|assistant respond)",
        r"replace (unsafe|what could)",
        r"(rewrite|rephrase|revise) .{0,40}(safe|polite|harmless|neutral|complian)",
        r"(new|novel|similar|harder|diverse|unique) (question|problem|task|exercise|instruction|prompt|example)s?\b",
        r"(modelled on|inspired by|from) (this one|the (seed|example))|mutate the|dataset row|training (data|example)",
        r"tool-using agent|one action|(failed|next) (command|action)|available tools|tool call",
    )
)


@baseline("elicitation-phrase rate", source="phrases of published chain-of-thought and judge prompts")
def elicitation_phrases(tables: Tables, _normal: Tables) -> dict[str, Scores]:
    """Share of prompts with a phrase; an account with few prompts is drawn towards none by two prompts without."""
    reasoning, any_technique = rates(tables)
    return {"asks for reasoning": Scores(reasoning), "any technique": Scores(any_technique)}


@lru_cache(maxsize=2)
def rates(tables: Tables) -> tuple[Floats, Floats]:
    """Of every account, the shrunken share of exchanges that ask for reasoning, and that show any technique."""
    asks = _matches(tables, REASONING)
    hits = [np.bincount(tables.owner[found], minlength=len(tables)) for found in (asks, asks | _matches(tables, OTHER))]
    return hits[0] / (tables.requests + 2), hits[1] / (tables.requests + 2)


def _matches(tables: Tables, pattern: str) -> npt.NDArray[np.bool_]:
    """Which exchanges match in the prompt or the system prompt, in the log's order."""
    found = np.zeros(len(tables.owner), bool)
    for name in ("prompt", "system"):
        texts = tables.column(name).dictionary_encode()
        matched = pc.match_substring_regex(texts.dictionary, pattern, ignore_case=True)
        found |= matched.take(texts.indices).fill_null(False).to_numpy(zero_copy_only=False)
    return found
