"""Who the customer behind an account is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.signals.customers import merged, principals

CODES = st.lists(st.tuples(*[st.integers(-1, 4)] * 3), min_size=1, max_size=30)


def columns(*accounts: tuple[int, int, int]) -> tuple[np.ndarray, ...]:
    """Organization, means of payment and mail domain of each account, -1 where unknown."""
    return tuple(np.array(column, np.int64) for column in zip(*accounts, strict=True))


def test_a_firm_whose_staff_share_a_card_and_a_mail_domain_is_one_customer():
    staff = [(-1, 0, 0)] * 6
    private_mail, own_card, nobody = (-1, 0, 7), (-1, 3, 0), (-1, 4, 7)
    principal = principals(*columns(*staff, private_mail, own_card, nobody))
    assert len(set(principal[:8].tolist())) == 1
    assert principal[8] not in principal[:8]


def test_those_who_share_only_a_card_or_only_a_mail_provider_stay_apart():
    household = [(-1, 0, 0), (-1, 0, 0)]
    others_of_the_provider = [(-1, card, 0) for card in range(1, 9)]
    cards_of_an_operator = [(-1, 20, domain) for domain in range(1, 9)]
    principal = principals(*columns(*household, *others_of_the_provider, *cards_of_an_operator))
    assert len(set(principal.tolist())) == len(principal)


def test_an_organization_stays_one_customer_and_takes_in_who_shares_its_card_and_domain():
    principal = principals(*columns((5, 0, 0), (5, 1, 1), (-1, 0, 0), (-1, 1, 2)))
    assert principal[0] == principal[1] == principal[2] != principal[3]


def test_many_who_each_pay_for_themselves_are_no_customer_by_a_name_alone():
    public = [(-1, 100 + number, 0) for number in range(20)]
    apart = [(5, number, 0) for number in range(8)]
    few = [(6, 20 + number, 0) for number in range(7)]
    paid_for = [(7, 40, 0)] * 9 + [(7, 41 + number, 0) for number in range(8)]
    with_domain = [(8, 60 + number, 3) for number in range(8)]
    principal = principals(*columns(*apart, *few, *paid_for, *with_domain, *public))
    customers = [len(set(principal[at : at + n].tolist())) for at, n in ((0, 8), (8, 7), (15, 17), (32, 8))]
    assert customers == [8, 1, 1, 1]


@given(CODES)
def test_customers_are_coarser_than_organizations_and_do_not_depend_on_the_order(accounts):
    given_so = principals(*columns(*accounts))
    reversed_so = principals(*columns(*accounts[::-1]))[::-1]
    same = given_so[:, None] == given_so[None, :]
    assert (same == (reversed_so[:, None] == reversed_so[None, :])).all()
    organization = columns(*accounts)[0]
    assert same[(organization[:, None] == organization[None, :]) & (organization >= 0)[:, None]].all()


@given(CODES)
def test_accounts_are_merged_through_others_and_never_by_what_is_unknown(accounts):
    codes = columns(*accounts)
    group = merged(*codes)
    for code in codes:
        shared = (code[:, None] == code[None, :]) & (code >= 0)[:, None]
        assert (group[:, None] == group[None, :])[shared].all()
    alone = np.all([np.array([(c == value).sum() == 1 or value < 0 for value in c]) for c in codes], axis=0)
    assert all((group == group[account]).sum() == 1 for account in np.flatnonzero(alone))
