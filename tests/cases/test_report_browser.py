"""The report in a real browser: quiet console, no network, fits a phone, sorts, prints."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stillwatch.campaigns.model import ScanResult
from stillwatch.cases.report import write_report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium found on PATH")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    # The sandbox needs privileges that containers running as root don't have.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(
            executable_path=BROWSER,
            args=[
                *(["--no-sandbox"] if root else []),
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def reports(
    sample: ScanResult,
    quiet: ScanResult,
    ruled: ScanResult,
    rule: Callable[..., ScanResult],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    word = "W" * 5_000
    first = sample.campaigns[0]
    wide = replace(
        first,
        campaign=word,
        members=(word, *first.members[1:]),
        succession=word,
        techniques=tuple(replace(t, name=word, atlas=word) for t in first.techniques),
        families=tuple(replace(f, frame=word, examples=(word, word)) for f in first.families),
        evidence=tuple(replace(e, summary=word) for e in first.evidence),
        alternatives=tuple(replace(a, name=word, explanation=word, why_rejected=word) for a in first.alternatives),
        shared=tuple(replace(s, attribute=word, value=word) for s in first.shared),
    )
    results = {
        "full": sample,
        "none": quiet,
        "ruled": ruled,
        "ruled words": rule(sample, word),
        "words": ScanResult(sample.accounts, (wide,), {**sample.facts, "notes": [word]}),
    }
    for name, result in results.items():
        write_report(result, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in results}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["full", "none", "words", "ruled", "ruled words"])
def test_quiet_offline_and_no_wider_than_the_screen(browser, reports, name: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(reports[name].as_uri())
    page.wait_for_load_state()
    assert said == []
    assert asked == [reports[name].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    context.close()


def test_members_sort_by_a_click_and_say_so(browser, reports) -> None:
    page = browser.new_page()
    page.goto(reports["full"].as_uri())
    table = page.locator("table.members").first
    table.get_by_role("button", name="Exchanges").click()
    assert table.locator("th[aria-sort=descending]").inner_text().startswith("Exchanges")
    column = table.locator("tbody td:nth-child(3)").all_inner_texts()
    numbers = [int(text.replace(",", "")) for text in column]
    assert numbers == sorted(numbers, reverse=True)
    page.close()


def test_text_stands_out_enough_in_both_schemes(browser, reports) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text."""
    for scheme, name in (("light", "full"), ("dark", "full"), ("light", "ruled"), ("dark", "ruled")):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(reports[name].as_uri())
        worst = page.evaluate(
            """() => {
              const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
                .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                return .2126 * r + .7152 * g + .0722 * b; };
              const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                if (!/, 0\\)$/.test(c)) return c; } return "rgb(255,255,255)"; };
              let worst = [21, ""];
              const all = "p,td,th,dt,dd,mark,caption,figcaption,small,a,summary,span,li";
              for (const e of document.querySelectorAll(all)) {
                if (!e.textContent.trim()) continue;
                const a = light(getComputedStyle(e).color), b = light(ground(e));
                const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                if (ratio < worst[0]) worst = [ratio, e.className + ": " + e.textContent.slice(0, 40)];
              }
              return worst; }"""
        )
        assert worst[0] >= 4.5, worst
        context.close()


def test_readable_without_scripts_and_on_paper(browser, reports, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reports["full"].as_uri())
    assert "3 campaigns" in page.locator(".verdict").inner_text()
    assert page.locator("table.members").first.locator("tbody tr").count() == 200
    assert len(page.pdf(path=tmp_path / "report.pdf", format="A4")) > 10_000
    context.close()
