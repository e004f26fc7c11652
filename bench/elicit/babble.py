"""Words in the frequency of their language, in no order: innocents that say that common words are no evidence.

A grammar has some hundred words a language; every other common word would weigh what chance gave it. Frequencies: Speer
(2022), wordfreq, <https://doi.org/10.5281/zenodo.7199437>, whose lists end in 2021, before elicitation was written.
"""

from __future__ import annotations

import random
from itertools import accumulate

WORDS = 8000  #: a language's commonest
SHORTEST, LONGEST = 4, 60  #: words of a text
_UNSPACED = ("zh", "ja")


def compose(dice: random.Random, language: str, count: int) -> list[str]:
    """`count` texts of words of a language, each drawn by its frequency. Needs the extra `bench`."""
    from wordfreq import get_frequency_dict

    often = get_frequency_dict(language, wordlist="best")
    words = sorted(often, key=lambda word: (-often[word], word))[:WORDS]
    sums = list(accumulate(often[word] for word in words))
    space = "" if language in _UNSPACED else " "
    return [space.join(dice.choices(words, cum_weights=sums, k=dice.randint(SHORTEST, LONGEST))) for _ in range(count)]
