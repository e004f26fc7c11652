import io
from dataclasses import replace

import pytest
from rich.console import Console

from stillwatch.campaigns.model import ScanResult
from stillwatch.cases.summary import plain, print_summary


def shown(result: ScanResult, width: int = 80, encoding: str = "utf-8", **options: object) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    print_summary(result, Console(file=file, width=width, **options))
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_fits_the_terminal_and_is_never_wider_than_a_hundred(sample: ScanResult, width: int) -> None:
    lines = shown(sample, width).splitlines()
    assert max(map(len, lines)) <= min(width, 100)


def test_says_what_was_found_and_where_to_read_on(sample: ScanResult) -> None:
    text = " ".join(shown(sample, 100).split())
    assert "3 campaigns, 3,540 accounts, 669,866 exchanges; at a target of 0.1 % false campaigns." in text
    for expected in (
        "C-01",
        "1,240",
        "10⁻⁹",
        "reasoning elicitation",
        "content, timing",
        "A batch job of one customer",
    ):
        assert expected in text
    assert "1,204 rows set aside: no account 1,100" in text
    assert "report.html" in text
    assert "198 new ones went on with the same frame" in text


def test_names_of_columns_are_whole_at_eighty(sample: ScanResult) -> None:
    text = shown(sample, 80)
    assert "tested by" in text
    assert "elicitation" in text


def test_no_campaign_is_said_plainly_with_its_limits(quiet: ScanResult) -> None:
    text = " ".join(shown(quiet).split())
    assert "No campaign found, at a target of 0.1 % false campaigns." in text
    assert "no proof of absence" in text


def test_no_escape_codes_when_piped_and_colour_on_a_terminal(sample: ScanResult) -> None:
    assert "\x1b" not in shown(sample)
    assert "\x1b" in shown(sample, force_terminal=True, color_system="standard")


def test_text_of_the_log_can_neither_style_nor_steer_the_terminal(sample: ScanResult) -> None:
    nasty = "[red]x[/red] \x1b[2J\u202e:smile:"
    campaign = sample.campaigns[0]
    campaign = replace(
        campaign,
        campaign=nasty,
        succession=nasty,
        techniques=(replace(campaign.techniques[0], name=nasty),),
        alternatives=(replace(campaign.alternatives[0], name=nasty, why_rejected=nasty),),
    )
    facts = {**sample.facts, "notes": [nasty], "rejected": {nasty: 3}, "baseline": {"kind": nasty, "note": nasty}}
    text = shown(replace(sample, campaigns=(campaign,), facts=facts), 100)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]x[/red]" in text
    assert ":smile:" in text


def test_missing_facts_are_borne(sample: ScanResult) -> None:
    assert "3 campaigns" in shown(replace(sample, facts={}))


def test_a_terminal_that_is_not_unicode_gets_plain_powers(sample: ScanResult) -> None:
    assert plain("3.2 × 10⁻⁸ – 10⁻⁹", "ascii") == "3.2e-8 - 1e-9"
    assert "1e-9" in shown(sample, encoding="ascii")


def test_rulings_and_drift_are_told(ruled: ScanResult) -> None:
    text = " ".join(shown(ruled).split())
    assert "no longer look like the baseline" in text and "follow_ups is higher: 43 % of accounts" in text
    assert "What to do: build a new baseline." in text
    assert "Known: confirmed by" in text and "40 of its members are new since" in text
    assert "13 accounts that this campaign would include" in text
    assert "Settled: C-03, 2,000 accounts." in text and "every one of them is allowed" in text


def test_what_has_to_be_found_out_before_acting_is_told(sample: ScanResult) -> None:
    careful = replace(sample.campaigns[0], caution="Find out who they are.")
    assert "Before you act" not in shown(sample, 100)
    assert "Before you act: Find out who they are." in shown(replace(sample, campaigns=(careful,)), 100)
