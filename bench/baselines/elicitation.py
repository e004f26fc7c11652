"""The rate of elicitation phrases: the share of an account's prompts that ask for reasoning, grades, rewrites or tasks.

The phrases are those of published elicitation prompts in eight languages, written down here on their own: they are not
the product's lexicon. Matching is by RE2, so that long logs take seconds.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.baselines.registry import Floats, Scores, baseline
from bench.baselines.tables import Tables

REASONING = (
    r"step[- ]by[- ]step|chain[- ]of[- ]thought|(show|explain|write out|lay out|include|give|spell out) "
    r"(me )?(all |every |each |the |your |full |complete |detailed )*(of )?(your |the )?(work\b|working|reasoning|thinking|thought|steps"
    r"|derivation|rationale)|think (out loud|aloud|through|carefully)|reasoning (trace|process|steps|before)"
    r"|(internal|inner) (monologue|reasoning)|before (giving |stating )?(the |your )?final answer|let'?s think"
    r"|justify (each|every)|paso a paso|razonamiento|étape par étape|raisonnement|schritt für schritt|gedankengang"
    r"|begründe|passo a passo|raciocínio|passo dopo passo|ragionamento|шаг за шагом|пошагово|рассуждени|逐步|一步一步"
    r"|思考过程|推理过程|ステップ|段階的|단계별"
)
OTHER = (
    r"rubric|(grade|score|rate|evaluate|judge|compare) (the |this |these |each |both |two )*(following )?(answer|response|completion"
    r"|solution|reply)|which (answer|response) is better|on a scale (of|from)|(rewrite|rephrase|revise) (the |this |it )*"
    r"(following )?(answer|response|reply|text)? ?.{0,30}(safe|polite|harmless|neutral|complian)|(generate|create|write|invent"
    r"|come up with|design) (\w+ ){0,3}(new|novel|similar|harder|diverse|different|unique) (\w+ )?(question|problem|task|exercise"
    r"|instruction|example)s?|training (data|example)"
)


@baseline("elicitation-phrase rate", source="phrases of published chain-of-thought and judge prompts")
def elicitation_phrases(tables: Tables, _normal: Tables) -> dict[str, Scores]:
    """Share of prompts with a phrase; an account with few prompts is drawn towards none by two prompts without."""
    reasoning = hits(tables, REASONING)
    either = hits(tables, f"{REASONING}|{OTHER}")
    return {
        "asks for reasoning": Scores(reasoning / (tables.requests + 2)),
        "any technique": Scores(either / (tables.requests + 2)),
        "asks for reasoning, plain share": Scores(reasoning / np.maximum(tables.requests, 1)),
    }


def hits(tables: Tables, pattern: str) -> Floats:
    """Prompts per account that match."""
    prompts = tables.column("prompt").dictionary_encode()
    matched = pc.match_substring_regex(prompts.dictionary, pattern, ignore_case=True)
    found = matched.take(prompts.indices).fill_null(False).cast(pa.float64())
    return np.bincount(tables.owner, weights=found.to_numpy(zero_copy_only=False), minlength=len(tables))
