"""Usage: how the service is used, whatever is asked."""

from __future__ import annotations

import numpy as np

from stillwatch.signals.kernels import equal_pairs
from stillwatch.signals.population import Floats, Ints, Population
from stillwatch.signals.registry import account_signal, group_signal

LEAST_KNOWN = 8  #: members whose settings are known, from which on they say something of the group


def _share(population: Population, name: str, known: str) -> Floats:
    known_count = population.profiles.count(known)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known_count > 0, population.profiles.count(name) / known_count, np.nan)


@account_signal(
    "usage",
    "low",
    "turns",
    benign="search boxes, batch jobs and classifiers never follow up",
    reference="people follow up, edit and repeat; a queue doesn't",
    follows=True,
)
def follow_ups(population: Population) -> Floats:
    """Share of exchanges inside a longer conversation."""
    return _share(population, "followups", "turns_known")


@account_signal(
    "usage",
    "high",
    "input_tokens output_tokens",
    benign="writing and code generation",
    reference="answers are the harvest: output-heavy use",
    follows=True,
)
def output_ratio(population: Population) -> Floats:
    """Logarithm of tokens generated per token read."""
    read, made = population.profiles.count("input_tokens"), population.profiles.count("output_tokens")
    return np.where((read > 0) & (made > 0), np.log(np.maximum(made, 1) / np.maximum(read, 1)), np.nan)


@account_signal(
    "usage",
    "low",
    "account.signup_time",
    benign="customers who sign up with a finished program",
    reference="new subscriptions at once at full use (CISA AA26-251A)",
)
def age_at_first_use(population: Population) -> Floats:
    """Days from sign-up to the first exchange in the log."""
    return population.age_days


@group_signal(
    "usage",
    "low",
    "time",
    benign="a quota that everybody uses up",
    reference="near-equal load of a balanced pool; customers' volumes are heavy-tailed",
)
def load_spread(population: Population, groups: Ints) -> Floats:
    """Standard deviation of the logarithm of members' exchanges, less what chance adds."""
    n = population.exchanges[groups].astype(float)
    return np.asarray(np.sqrt(np.maximum(np.log(n).var(axis=1) - (1 / n).mean(axis=1), 0.0)))


@group_signal(
    "usage",
    "high",
    "temperature max_tokens",
    benign="users of one application send its settings",
    reference="parameter constancy of one program",
    follows=True,
)
def same_settings(population: Population, groups: Ints) -> Floats:
    """Chance that two members ask for the same temperature and output limit."""
    code = population.memo("settings", lambda: _settings(population))
    return np.asarray(equal_pairs(code, len(population), groups, LEAST_KNOWN))


def _settings(population: Population) -> Ints:
    """A code of each account's temperature and output limit; -1 without either."""
    low = np.stack((population.profiles["temperature_low"], population.profiles["max_tokens_low"]))
    known = np.isfinite(low)
    code = np.unique(np.where(known, low, -1.0), axis=1, return_inverse=True)[1]
    return np.where(known.any(axis=0), code.ravel(), -1)
