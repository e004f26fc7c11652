"""A task that can hardly be done in one step: follow a number through several operations, modulo ten.

    question   3 +4 *7 -2 +9 *3
    answer     7 9 7 6 8 so 8

The numbers before "so" are the reasoning: each follows from the one before by one operation. A small transformer learns
single steps quickly and their composition hardly at all, so what a student can learn depends on whether it sees them.
That is the property of reasoning traces that countermeasures act on, at a size where a student takes seconds.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.extras import require
from stillwatch.provenance.lab.fit import Row
from stillwatch.provenance.lab.teacher import Language

STEPS = 5
MODULUS = 10
#: Only factors that can be undone, so that no operation makes those before it irrelevant.
_FACTORS = (3, 7, 9)
_OPERATIONS = [f"{sign}{by}" for sign in "+-" for by in range(1, MODULUS)] + [f"*{by}" for by in _FACTORS]
_WORDS = ["</s>", *map(str, range(MODULUS)), *_OPERATIONS, "so", "because", "unknown"]


@dataclass(frozen=True)
class Problem:
    """A question, and the number after each operation."""

    question: str
    states: tuple[int, ...]

    @property
    def result(self) -> int:
        """The right answer."""
        return self.states[-1]


def problems(count: int, *, seed: int) -> list[Problem]:
    """`count` different problems; other seeds share none with them, but for the few that chance repeats."""
    dice = random.Random(seed)
    found: dict[str, Problem] = {}
    while len(found) < count:
        state = dice.randrange(MODULUS)
        words, states = [str(state)], []
        for _ in range(STEPS):
            sign = dice.choice("+-*")
            by = dice.choice(_FACTORS) if sign == "*" else dice.randrange(1, MODULUS)
            state = {"+": state + by, "-": state - by, "*": state * by}[sign] % MODULUS
            words.append(f"{sign}{by}")
            states.append(state)
        found.setdefault(" ".join(words), Problem(" ".join(words), tuple(states)))
    return list(found.values())


def full_answer(problem: Problem) -> str:
    """The answer with all of its reasoning."""
    return f"{' '.join(map(str, problem.states))} so {problem.result}"


def result_of(answer: str) -> int | None:
    """The number that an answer comes to: the one after "so"; None where there is none."""
    _, mark, tail = answer.partition("so ")
    word = tail.split(" ")[0] if mark else ""
    return int(word) if word.isdigit() else None


def accuracy(answers: Sequence[str], asked: Sequence[Problem]) -> float:
    """Share of answers that come to the right number."""
    return sum(result_of(a) == p.result for a, p in zip(answers, asked, strict=True)) / len(asked)


def blank(*, seed: int, width: int = 64, layers: int = 2) -> Language:
    """An untrained small transformer that reads and writes the words of the task."""
    torch = require("torch", feature="the lab", extra="lab")
    transformers = require("transformers", feature="the lab", extra="lab")
    tokenizers = require("tokenizers", feature="the lab", extra="lab")
    words = {word: i for i, word in enumerate(_WORDS)}
    inner = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="unknown"))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>", pad_token="</s>")
    config = transformers.LlamaConfig(
        vocab_size=len(words),
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=64,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.LlamaForCausalLM(config)
    return Language(model.eval(), tokenizer, "small transformer")


def rows_of(language: Language, questions: Sequence[str], answers: Sequence[str]) -> list[Row]:
    """Training examples: the question is given, the answer and its end are learnt."""
    out = []
    for question, answer in zip(questions, answers, strict=True):
        head = language.encode_prompt(question)
        out.append(Row([*head, *language.encode_text(answer), language.end], start=len(head)))
    return out
