"""What a stream may be tested by, given what linked it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stillwatch.signals import registry


def allowed(stream) -> set[str]:
    return {signal.name for signal in registry() if stream.tests(signal)}


def test_one_program_speaks_for_nobody_whom_what_they_ask_or_who_pays_linked(planted):
    stream = planted.found.findings[0].verdict.stream
    of_the_program = {signal.name for signal in registry() if signal.follows}
    by_payers = replace(stream, channel="infrastructure")
    assert stream.channel == "content" and "same_settings" in of_the_program
    assert not allowed(stream) & of_the_program
    assert not allowed(by_payers) & of_the_program
    assert {"elicitation", "load_spread"} <= allowed(by_payers)


def test_where_nobody_knows_what_they_ask_the_program_of_payers_speaks(planted):
    stream = replace(planted.found.findings[0].verdict.stream, channel="infrastructure")
    blind = replace(stream.population, columns=stream.population.columns - {"prompt"})
    assert "same_settings" in allowed(replace(stream, population=blind))


@pytest.mark.parametrize("column", ["account.payment", "ip"])
def test_a_column_that_linked_does_not_test(planted, column):
    stream = planted.found.findings[0].verdict.stream
    linked = replace(stream, channel="infrastructure", columns=frozenset({column}))
    signals = {signal.name: signal for signal in registry()}
    assert allowed(linked) and all(column not in signals[name].columns for name in allowed(linked))
