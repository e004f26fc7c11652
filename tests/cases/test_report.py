import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.campaigns.model import Campaign, ScanResult
from stillwatch.cases.examples import EXAMPLE_LIMIT, split_example, split_frame
from stillwatch.cases.linkgraph import MOST_NODES, link_graph
from stillwatch.cases.report import MEMBER_ROWS, dots, member_rows, render_report, write_report
from stillwatch.cases.timeline import MOST_BARS, timeline
from stillwatch.redact import redact

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Reads a page, checks that its elements nest, and keeps elements and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


@pytest.fixture(scope="module")
def page(sample: ScanResult) -> str:
    return render_report(sample).replace("\u00a0", " ")


def test_the_finding_comes_first_and_the_sections_follow(page: str) -> None:
    marks = [
        "3 campaigns, 3,540 accounts, 669,866 exchanges; at a target of 0.1 % false campaigns.",
        'id="campaign-1"',
        ">When<",
        ">What was taken<",
        ">How the accounts hang together<",
        ">Evidence<",
        ">What speaks against it<",
        "<h3>Members<",
        'id="campaign-2"',
        'id="limits"',
        'id="method"',
    ]
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_the_page_holds_the_evidence(page: str) -> None:
    for expected in (
        "AML.T0024.002",
        "3.2 × 10⁻⁹",
        "not computable",
        "A batch job of one customer",
        "openai-python/2.1",
        ">hub<",
        "212 accounts closed on 6 Mar",
        "moved to model-b within 22 h",
        "1,040 more are in accounts.parquet",
        "signup_time",
        "no account",
        "stillwatch scan LOG... --format litellm --rate 0.001 --out DIR",
    ):
        assert expected in page
    assert "ann@example.org" not in page


def test_elements_nest_and_nothing_is_fetched(page: str) -> None:
    parsed = Page(page)
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form")
        assert not {"src", "srcset", "action", "style"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in page
    assert "@import" not in page


def test_every_chart_has_a_label_and_ids_are_unique(page: str) -> None:
    parsed = Page(page)
    for tag, attributes in parsed.elements:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_same_input_same_bytes(sample: ScanResult, tmp_path: Path) -> None:
    write_report(sample, tmp_path / "a.html")
    write_report(sample, tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_twelve_campaigns_stay_below_two_megabytes(
    tmp_path: Path, build_campaign: Callable[..., Campaign], build_result: Callable[..., ScanResult]
) -> None:
    result = build_result(tuple(build_campaign(f"C-{i:02d}", 400, seed=i, style=i % 3, days=10 + i) for i in range(12)))
    write_report(result, tmp_path / "r.html")
    assert (tmp_path / "r.html").stat().st_size < 2_000_000


def test_no_campaign_is_said_with_what_could_not_be_seen(quiet: ScanResult) -> None:
    text = render_report(quiet).replace("\u00a0", " ")
    assert "No campaign found, at a target of 0.1 % false campaigns." in text
    assert "no proof of absence" in text
    assert "signup_time" in text
    Page(text)


def test_missing_facts_and_columns_are_borne(sample: ScanResult) -> None:
    text = render_report(ScanResult(pa.table({"account": pa.array([], pa.string())}), sample.campaigns, {}))
    assert "a baseline that was not recorded" in text
    Page(text)


def poisoned(campaign: Campaign, text: str) -> Campaign:
    """The campaign with `text` wherever text can stand."""
    return replace(
        campaign,
        campaign=text,
        members=(text, *campaign.members[1:]),
        techniques=tuple(replace(t, name=text, atlas=text) for t in campaign.techniques),
        evidence=tuple(replace(e, summary=text, signals=((text, 1.0, float("nan")),)) for e in campaign.evidence),
        alternatives=tuple(replace(a, name=text, explanation=text, why_rejected=text) for a in campaign.alternatives),
        families=tuple(replace(f, frame=text, examples=(text, text)) for f in campaign.families),
        shared=tuple(replace(s, attribute=text, value=text) for s in campaign.shared),
        succession=text,
        pivot=text,
        links=tuple((a, text, f"{text}{i % 3}", w) for i, (a, _, _, w) in enumerate(campaign.links)),
    )


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></script><!--",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2066 \u200b",
    "".join(map(chr, range(32))) + "\x7f\x9b31m",
    "w" * 1_000_000,
    "\ud800 lone",
    "e" + "\u0301" * 400,
    "]]>&lt;&#0;",
    "",
]


@pytest.mark.parametrize("text", NASTY, ids=lambda text: repr(text[:12]))
def test_text_of_the_log_cannot_break_the_page(sample: ScanResult, text: str) -> None:
    facts = {
        **sample.facts,
        "notes": [text],
        "rejected": {text: 2},
        "settings": {"format": text, text: text, "rate": 0.01},
        "period": {"first": text, "last": text},
        "baseline": {"kind": text, "note": text},
        "version": text,
    }
    page = render_report(ScanResult(sample.accounts, (poisoned(sample.campaigns[1], text),), facts))
    page.encode("utf-8")
    parsed = Page(page)
    assert [tag for tag, _ in parsed.elements].count("script") == 1
    assert not [1 for tag, _ in parsed.elements if tag == "img"]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", page)
    assert len(page) < 400_000


@pytest.fixture(scope="module")
def nested(build_campaign: Callable[..., Campaign], build_result: Callable[..., ScanResult]) -> Callable[[str], Page]:
    """Renders a small page with a text everywhere and reads it."""
    campaign = replace(build_campaign("C-1", 160, days=1), links=(("a", "b", "c", 1.0),))
    accounts = build_result(()).accounts.slice(0, 5)
    return lambda text: Page(render_report(ScanResult(accounts, (poisoned(campaign, text),), {"notes": [text]})))


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_leaves_the_structure_alone(nested: Callable[[str], Page], text: str) -> None:
    assert [tag for tag, _ in nested(text).elements].count("script") == 1


def test_members_are_surest_first_and_cut(sample: ScanResult) -> None:
    campaign = sample.campaigns[0]
    rows = member_rows(campaign, sample.accounts)
    assert len(rows) == MEMBER_ROWS
    assert [row.membership for row in rows] == sorted((row.membership for row in rows), reverse=True)
    assert rows[0].exchanges is not None
    assert rows[0].reasons.startswith("shared frame 1")


def test_members_that_the_table_lacks_are_kept(sample: ScanResult) -> None:
    campaign = replace(sample.campaigns[1], members=("a", "b"), membership=(0.9, 0.8))
    rows = member_rows(campaign, sample.accounts)
    assert [(row.account, row.score) for row in rows] == [("a", None), ("b", None)]


def test_examples_mark_the_frame_and_leave_the_slot() -> None:
    frame = "Solve the problem step by step: … Then write the answer on the last line."
    example = "solve the problem  step by step: 2 + 2 then the answer? Then write the answer on the last line."
    pieces = split_example(frame, example)
    assert "".join(piece.text for piece in pieces) == example
    assert "2 + 2 then the answer?" in "".join(piece.text for piece in pieces if not piece.shared)
    assert [piece.shared for piece in pieces] == [True, False, True]
    assert [piece.text for piece in split_frame(frame) if not piece.shared] == ["…"]


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_examples_lose_no_text(frame: str, example: str) -> None:
    assert "".join(piece.text for piece in split_example(frame, example)) == redact(example, EXAMPLE_LIMIT)


def test_the_graph_is_small_placed_inside_and_the_same_again(build_campaign: Callable[..., Campaign]) -> None:
    campaign = build_campaign("C-09", 900, seed=4)
    links = tuple(
        (f"m{i % 170}", f"m{(i * 7 + 1) % 331}", f"{'abcdefgh'[i % 8]}: {i % 40}", 1.0 + i % 9) for i in range(400)
    )
    for one in (campaign, replace(campaign, links=links)):
        graph = link_graph(one)
        assert graph is not None
        assert 0 < len(graph.nodes) <= MOST_NODES
        assert all(0 <= node.x <= graph.width and 0 <= node.y <= graph.height for node in graph.nodes)
        assert len(graph.legend) <= 5
        assert graph == link_graph(one)


def test_a_shared_value_becomes_a_hub_with_bundles(build_campaign: Callable[..., Campaign]) -> None:
    campaign = replace(
        build_campaign("C-1", 300),
        links=(*(("m0", f"m{i}", "payment: tok_1", 5.0) for i in range(1, 10)), ("m1", "m2", "same hours", 2.0)),
    )
    graph = link_graph(campaign)
    assert graph is not None
    assert [(hub.why, hub.accounts) for hub in graph.hubs] == [("payment: tok_1", 10)]
    assert sorted(node.accounts for node in graph.nodes if not node.letter) == [1, 1, 8]
    assert [pair[:3] for pair in graph.pairs] == [("m1", "m2", "same hours")]


def test_no_links_no_graph_no_buckets_no_timeline(sample: ScanResult) -> None:
    bare = replace(sample.campaigns[0], links=(), timeline=(), families=(), shared=(), alternatives=(), techniques=())
    assert link_graph(bare) is None
    assert timeline(bare) is None
    text = render_report(ScanResult(sample.accounts, (bare,), sample.facts))
    assert "No innocent explanation was weighed" in text


def test_the_timeline_keeps_every_exchange(sample: ScanResult) -> None:
    for campaign in sample.campaigns:
        drawn = timeline(campaign)
        assert drawn is not None
        assert len(drawn.bars) <= MOST_BARS
        assert sum(n for _, n in drawn.rows) == sum(n for _, n in campaign.timeline)
        assert sum(bar.peak for bar in drawn.bars) == 1


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_dots_stay_on_their_line(value: float, baseline: float) -> None:
    placed = dots("s", value, baseline)
    assert 0 <= placed.value_x <= 100
    assert 0 <= placed.baseline_x <= 100


def test_what_people_decided_stands_where_it_belongs(ruled: ScanResult) -> None:
    page = render_report(ruled)
    first, second = (f'id="campaign-{number}"' for number in (1, 2))
    head, one, two = page[: page.index(first)], page[page.index(first) : page.index(second)], page[page.index(second) :]
    assert "no longer look like the baseline: 2 of 3 signals" in head and "follow_ups is higher" in head
    assert "novelty is" not in head and "build a new baseline" in head
    assert "Known: confirmed by" in one and "13 accounts that this campaign would include" in one
    assert one.count('tested">new</span>') == 40
    assert "Reported again because of what is new" in two and "it now asks for agentic work" in two
    control = page[page.index('id="control"') :]
    assert "C-03" in control and "Nothing material is new" in control
    assert "44 accounts with 3,120 exchanges would be a campaign" in control
    assert "organization acme (12)" in control


def test_what_people_wrote_is_text(sample: ScanResult, rule: Callable[..., ScanResult]) -> None:
    page = render_report(rule(sample, "<script>alert(1)</script>\u202e"))
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page and "\u202e" not in page


def test_without_rulings_nothing_is_said_of_them(sample: ScanResult) -> None:
    page = render_report(sample)
    assert 'id="control"' not in page and "Drift" not in page


def test_what_has_to_be_found_out_before_acting_stands_with_the_campaign(sample: ScanResult) -> None:
    careful = replace(sample.campaigns[0], caution="Find out who they are.")
    assert "Before you act." not in render_report(sample)
    assert "<b>Before you act.</b> Find out who they are." in render_report(replace(sample, campaigns=(careful,)))
