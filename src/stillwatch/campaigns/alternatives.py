"""The benign explanations that a campaign must rule out, each by a test of its own.

"Benign" is not one hypothesis but several, so the test is an intersection-union test (Berger 1982): the p-value
against "some benign explanation holds" is the largest of theirs, valid with no correction.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stillwatch.calibrate import LEAST_P, Comparison
from stillwatch.campaigns.exchangeability import beside_wording, exchangeability, without_oddest
from stillwatch.campaigns.material import same_material, surely_common
from stillwatch.campaigns.model import Alternative
from stillwatch.campaigns.streams import Stream
from stillwatch.signals.population import Floats, Ints

#: Least share of content that identity explains among independent customers; real users show 0.034 and 0.044. A linker
#: that reads content picks those who ask alike, which lowers it; payers pick nobody for what they ask.
INDEPENDENT = 0.02
INDEPENDENT_UNPICKED = 0.03
#: The same beside their wording, of which frames leave less: real users show 0.015 to 0.04 in all their prompts, and
#: 0.017 to 0.03 in those in other wording.
INDEPENDENT_BESIDE = 0.01
#: Part of these that most of them show, where the oddest are left out: real users 0.7 to 0.85.
OF_MOST = 0.7
LEAST_CUSTOMERS = 8
ONE_PAYER = 0.8  #: share of a stream that one means of payment pays for, if one customer is behind it
FORMS = 4  #: in which what independent customers ask is looked at
SURELY = 1e-4  #: p-value from which on no further one is looked at


def alternatives(
    stream: Stream, payment: Comparison | None, corroborated: float, purposeful: bool, strangers: float
) -> tuple[Alternative, ...]:
    """All benign explanations of a stream, strongest first; no p-value claims more than the approximations can.

    `payment` says how far members share means of payment, None where that says nothing; `corroborated` is the p-value
    of all that did not link them; `purposeful` says whether they word more of their prompts as an elicitation than
    comparable accounts do; `strangers` is the p-value that they have nothing to do with each other. Explanations of
    what is asked can only be weighed where prompts are known.
    """
    customer, *tested = one_customer(stream), same_material(stream, payment, purposeful, strangers)
    if stream.population.prompts_known:
        tested.append(independent_customers(stream))
    if stream.channel == "infrastructure":
        tested.append(separate_payers(stream, corroborated))
    # Who takes part is known, not estimated: it comes first where it explains all, last where it explains nothing.
    found = [customer, *tested] if customer.p_value > LEAST_P else [*tested, customer]
    bounded = [replace(explanation, p_value=max(explanation.p_value, LEAST_P)) for explanation in found]
    return tuple(sorted(bounded, key=lambda explanation: -explanation.p_value))


def hopeless(stream: Stream, level: float) -> bool:
    """Whether some explanation holds at this level whatever a comparison with other groups would say."""
    if one_customer(stream).p_value > level:
        return True
    if surely_common(stream, level):
        return True
    return stream.population.prompts_known and independent_customers(stream).p_value > level


def one_customer(stream: Stream) -> Alternative:
    """One organization, or one payer, that runs its own work over several keys, or pays for those who do."""
    size = (stream.size if stream.population.prompts_known else stream.population.exchanges[stream.rows]).astype(float)
    principal = stream.population.principal[stream.rows]
    customers = len(np.unique(principal[size > 0]))
    largest, paid = _largest(principal, size), _largest(stream.population.payment[stream.rows], size)
    holds = customers < LEAST_CUSTOMERS or largest > 0.5 or paid > ONE_PAYER
    return Alternative(
        "one customer",
        "one organization spreads its own batch work over several keys, or pays for those who do",
        1.0 if holds else 0.0,
        f"{customers:,} different customers take part; the largest sends {100 * largest:.0f} % of the stream"
        + (f", and one means of payment pays for {100 * paid:.0f} %" if paid else ""),
    )


def _largest(owner: Ints, size: Floats) -> float:
    """The largest owner's share of the total size; an owner below zero is nobody."""
    known = owner >= 0
    return float(np.bincount(owner[known], weights=size[known]).max(initial=0) / max(size.sum(), 1))


def independent_customers(stream: Stream) -> Alternative:
    """Customers of one product, users of a public template, people of one interest or language.

    They differ in the stream, in all they ask, and in what they ask beside the wording that they have in common, in
    other words, too: the members are measured on each (Bonferroni over the four). Where a linker that reads content
    took in a few who are odd, that is once more measured without those (Bonferroni over both). Measured once a stream.
    """
    return stream.memo("independent customers", lambda: _all_or_most(stream))


def interchangeable(stream: Stream) -> float:
    """P-value of the same explanation with nobody left out. Measured once a stream."""
    return _all(stream).p_value


def _all_or_most(stream: Stream) -> Alternative:
    found = _all(stream)
    if stream.channel != "content" or found.p_value <= SURELY:
        return found
    most = without_oddest(stream)
    if most is stream:
        return found
    best = min(found, _independent(most, INDEPENDENT, OF_MOST), key=lambda each: each.p_value)
    return replace(best, p_value=min(1.0, 2 * best.p_value))


def _all(stream: Stream) -> Alternative:
    least = INDEPENDENT if stream.channel == "content" else INDEPENDENT_UNPICKED
    return stream.memo("all its members", lambda: _independent(stream, least))


def _independent(stream: Stream, least: float, part: float = 1.0) -> Alternative:
    everything = stream.everything
    found = [exchangeability(stream), None if everything is stream else exchangeability(everything)]
    measured = [(m, part * least, "") for m in found if m is not None]
    if not any(FORMS * m.p_value(part * least) <= SURELY for m, *_ in measured):
        beside = " beside the wording that they have in common"
        measured += [(m, part * INDEPENDENT_BESIDE, beside) for m in beside_wording(stream)]
    if not measured:
        return Alternative(
            "independent customers",
            "separate customers who use one product or public template for their own affairs",
            1.0,
            "too few members with two prompts each to tell",
        )
    best, bound, where = min(measured, key=lambda m: m[0].p_value(m[1]))
    return Alternative(
        "independent customers",
        "separate customers who use one product or public template for their own affairs",
        min(1.0, FORMS * best.p_value(bound)),
        f"which account sent a prompt explains {100 * max(best.value, 0):.2f} ± {100 * best.error:.2f} % of what it "
        f"asks{where}; independent customers show {100 * bound:.1f} % or more"
        + ("" if where else " (real users about 4 %)"),
    )


def separate_payers(stream: Stream, corroborated: float) -> Alternative:
    """Agencies, households and employers that each pay for several customers, and know nothing of each other.

    Their customers coincide no more than other payers' do, and are otherwise like any comparable ones. Either
    prediction may fail (Bonferroni over the two).
    """
    return Alternative(
        "separate payers",
        "agencies, households or employers, each of which pays for several customers, unknown to each other",
        min(1.0, 2 * min(stream.chance, corroborated)),
        "customers of payers that know nothing of each other would be in the same places, or sign up together, no more "
        "often than they and other payers' customers are, and would differ from comparable customers in nothing else",
    )
