"""Earlier decisions: a dismissal stands until something material is new, a confirmed group is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.campaigns.model import Technique
from stillwatch.errors import InputError, UsageError
from stillwatch.operate.decisions import Decisions, decide, exchanges_per_day, read_decisions
from stillwatch.operate.record import record_decision

AT = datetime(2026, 5, 20, tzinfo=UTC)
WHEN = datetime(2026, 5, 1, tzinfo=UTC)


def on(campaign, **changes):
    """A decision on a campaign as it is."""
    pace = exchanges_per_day(campaign.campaign_exchanges, campaign.first_time, campaign.last_time)
    line = {
        "decision": "dismissed",
        "campaign": campaign.campaign,
        "accounts": list(campaign.members),
        "who": "ann",
        "when": WHEN.isoformat(),
        "note": "a class",
        "techniques": [technique.name for technique in campaign.techniques],
        "e_value": campaign.e_value,
        "exchanges_per_day": pace,
    }
    return decide("decisions.jsonl", {key: value for key, value in {**line, **changes}.items() if value is not None})


def reviewed(campaign, *decisions):
    return Decisions("decisions.jsonl", decisions, AT)(campaign).review


@pytest.fixture
def campaign(scanned):
    return scanned.result.campaigns[0]


def test_a_dismissed_group_that_has_not_changed_is_settled(campaign):
    review = reviewed(campaign, on(campaign))
    assert review.settled and review.news == () and review.new_members == ()


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_dismissal_stands_only_while_few_members_are_new(scanned, missing, other):
    (campaign,) = scanned.result.campaigns
    known = campaign.members[missing:] + tuple(f"x{n}" for n in range(other))
    review = reviewed(campaign, on(campaign, accounts=list(known)))
    shared, smaller = len(campaign.members) - missing, min(len(known), len(campaign.members))
    if shared < 0.5 * smaller:
        assert review is None
    else:
        assert len(review.new_members) == missing
        assert review.settled == (missing <= max(2, 0.1 * smaller))


def test_a_dismissed_few_inside_a_large_group_do_not_hide_it(campaign):
    review = reviewed(campaign, on(campaign, accounts=list(campaign.members[:8])))
    assert not review.settled and "were not among the 8" in review.news[0]


def test_a_small_group_out_of_a_large_dismissed_one_hides_no_newcomers(campaign):
    many = [*campaign.members[:-10], *(f"x{n}" for n in range(1000))]
    assert not reviewed(campaign, on(campaign, accounts=many)).settled


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: replace(c, techniques=(*c.techniques, Technique("rubric grading", "AML.T0024.002", 0.5))), "rubric"),
        (lambda c: replace(c, e_value=c.e_value * 2000), "far stronger"),
        (lambda c: replace(c, campaign_exchanges=c.campaign_exchanges * 4), "exchanges a day"),
    ],
)
def test_what_is_materially_new_brings_a_dismissed_group_back(campaign, change, said):
    review = reviewed(change(campaign), on(campaign))
    assert not review.settled and any(said in line for line in review.news)


def test_what_was_not_recorded_is_not_held_against_it(campaign):
    bare = on(campaign, techniques=None, e_value=None, exchanges_per_day=None)
    assert reviewed(replace(campaign, e_value=campaign.e_value * 1e6), bare).settled


def test_the_latest_decision_counts_and_an_expired_one_does_not(campaign):
    later = (WHEN + timedelta(days=3)).isoformat()
    confirmed = on(campaign, decision="confirmed", when=later)
    assert reviewed(campaign, on(campaign), confirmed).decision == "confirmed"
    over = on(campaign, decision="confirmed", when=later, expires="2026-05-10")
    decisions = Decisions("d", [on(campaign), over], AT)
    assert decisions(campaign).review.decision == "dismissed"
    assert decisions.expired == 1 and "expired on 2026-05-10" in decisions.notes[0]


def test_a_scan_respects_a_dismissal_and_shows_it(scanned, tmp_path):
    file = tmp_path / "decisions.jsonl"
    (before,) = scanned.result.campaigns
    record_decision(scanned.answer, before.campaign, file, decision="dismissed", who="ann", note="a class of <60>")
    result = scanned.scan(decisions=file, out=tmp_path / "answer")
    assert result.campaigns == () and [c.members for c in result.settled] == [before.members]
    rows = {row["account"]: row for row in result.accounts.to_pylist()}
    assert not any(row["flagged"] for row in rows.values())
    assert {name for name, row in rows.items() if row["decision"] == "dismissed"} == set(before.members)
    (group,) = result.facts["decisions"]["groups"]
    assert group["settled"] and group["who"] == "ann" and result.facts["counts"]["settled"] == 1
    page = (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")
    assert "a class of &lt;60&gt;" in page and before.campaign in page


def test_a_scan_marks_the_new_members_of_a_confirmed_group(scanned, tmp_path):
    (before,) = scanned.result.campaigns
    file = tmp_path / "decisions.jsonl"
    line = record_decision(scanned.answer, before.campaign, file, decision="confirmed", who="bo", note="case 17")
    line["accounts"] = line["accounts"][7:]
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    result = scanned.scan(decisions=file, out=tmp_path / "answer")
    (campaign,) = result.campaigns
    assert campaign.members == before.members and campaign.review.new_members == before.members[:7]
    said = dict(zip(result.accounts["account"].to_pylist(), result.accounts["decision"].to_pylist(), strict=True))
    assert [said[name] for name in before.members] == ["new"] * 7 + ["confirmed"] * (len(before.members) - 7)
    row = pq.read_table(tmp_path / "answer" / "campaigns.parquet").to_pylist()[0]
    assert (row["decision"], row["new_members"]) == ("confirmed", 7)
    assert 'tested">new</span>' in (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")


def test_recorded_decisions_are_appended_and_read_back(scanned, tmp_path):
    (campaign,) = scanned.result.campaigns
    file = tmp_path / "decisions.jsonl"
    record_decision(scanned.answer, campaign.campaign, file, decision="dismissed", who="ann", note="one")
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")  # an editor that cuts it off
    record_decision(
        scanned.answer, campaign.campaign, file, decision="confirmed", who="bo", note="two", expires=AT, when=AT
    )
    first, second = read_decisions(file)
    assert (first.note, second.note, second.expires) == ("one", "two", AT)
    assert first.accounts == second.accounts == frozenset(campaign.members)
    assert first.e_value == campaign.e_value


def test_a_decision_needs_an_answer_with_that_campaign(scanned, tmp_path):
    options = {"decision": "dismissed", "who": "ann", "note": "n"}
    with pytest.raises(UsageError, match=scanned.result.campaigns[0].campaign):
        record_decision(scanned.answer, "c-none", tmp_path / "d.jsonl", **options)
    with pytest.raises(UsageError, match="without --decisions"):
        record_decision(scanned.answer, "c-none", tmp_path / "d.jsonl", **options)
    with pytest.raises(InputError, match="is no answer of a scan"):
        record_decision(tmp_path, "c-none", tmp_path / "d.jsonl", **options)
    assert not (tmp_path / "d.jsonl").exists()


GOOD = {"decision": "dismissed", "campaign": "c-1", "accounts": ["a"], "who": "w", "when": "2026-05-01", "note": "n"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: is not JSON"),
        ("[1]", "line 2: is no JSON object"),
        (json.dumps(GOOD | {"decision": "maybe"}), "'maybe' is not one of confirmed, dismissed"),
        (json.dumps(GOOD | {"accounts": []}), "'accounts': line 2: is required"),
        (json.dumps(GOOD | {"accounts": "a"}), "list of texts"),
        (json.dumps(GOOD | {"when": None}), "'when': line 2: is required"),
        (json.dumps(GOOD | {"when": "soon"}), "'soon' is no date"),
        (json.dumps(GOOD | {"e_value": "big"}), "'big' is no number"),
        (json.dumps(GOOD | {"e_value": float("nan")}), "nan is no number"),
        (json.dumps(GOOD | {"verdict": "x"}), "'verdict': line 2: is not known"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "who"}), "'who': line 2"),
    ],
)
def test_a_malformed_file_is_one_clear_error(tmp_path, line, said):
    file = tmp_path / "decisions.jsonl"
    file.write_text(json.dumps(GOOD) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        read_decisions(file)
    assert str(file) in str(caught.value)
