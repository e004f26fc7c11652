"""Linkers: each proposes candidate groups from one channel, one file a linker, listed here.

A linker takes the population and the least number of accounts, and returns streams. Proposing is cheap and accuses
nobody: the channels that a linker did not use do the testing.
"""

from collections.abc import Callable

from stillwatch.campaigns.candidates.bursts import bursts
from stillwatch.campaigns.candidates.families import families
from stillwatch.campaigns.candidates.infrastructure import by_both, by_place, by_registration
from stillwatch.campaigns.candidates.likeness import likeness
from stillwatch.campaigns.streams import Stream
from stillwatch.signals.population import Population

LINKERS: tuple[Callable[[Population, int], list[Stream]], ...] = (
    families,
    likeness,
    bursts,
    by_place,
    by_registration,
    by_both,
)
