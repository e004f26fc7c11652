"""The report as one self-contained page, for a person to read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

import jinja2
from markupsafe import Markup

from stillwatch.provenance.report import TRAINED, Finding, Report
from stillwatch.provenance.result import TestResult

TEMPLATES = Path(__file__).parent / "templates"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WIDTH, _LABEL, _ROW = 720, 250, 26


def p_text(p: float | None) -> str:
    """A p-value as people write it: 0.042, or 3.1 × 10⁻⁹."""
    if p is None:
        return "-"
    if p >= 0.001:
        return f"{p:.2g}"
    digits, exponent = f"{p:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def effect_text(result: TestResult) -> str:
    """The effect with its interval and unit."""
    unit = str(result.details.get("effect_unit", ""))
    interval = f" ({result.interval[0]:.3g} to {result.interval[1]:.3g})" if result.interval else ""
    return f"{result.effect:.3g}{interval} {unit}".strip()


def render(report: Report) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"p": p_text, "effect": effect_text}
    return environment.get_template("report.html.j2").render(
        report=report, trained=TRAINED, forest=forest([*report.findings, *report.controls])
    )


def forest(findings: Sequence[Finding]) -> Markup | None:
    """The effects that share the first one's unit, each with its interval, as SVG; None where there is no interval."""
    found = [one for one in findings if one.result and one.result.interval]
    if not found:
        return None
    first = found[0].result
    assert first is not None
    unit = first.details.get("effect_unit")
    rows = [(one.suspect, one.result) for one in found if one.result and one.result.details.get("effect_unit") == unit]
    ends = [end for _, result in rows for end in (result.interval or ()) if math.isfinite(end)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return round(_LABEL + (_WIDTH - _LABEL - 20) * (value - low) / span, 1)

    height = _ROW * len(rows) + 30
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="effects with their intervals">',
        f'<line class="axis" x1="{x(0)}" y1="0" x2="{x(0)}" y2="{height - 20}"/>',
        f'<text x="{x(0)}" y="{height - 5}" text-anchor="middle">0</text>',
        f'<text x="{_WIDTH - 4}" y="{height - 5}" text-anchor="end">{high:.2g} {escape(str(unit))}</text>',
    ]
    for number, (suspect, result) in enumerate(rows):
        y = _ROW * number + 14
        start, end = result.interval or (result.effect, result.effect)
        parts += [
            f'<text x="0" y="{y + 4}">{escape(f"{suspect}: {result.name}"[:40])}</text>',
            f'<line class="bar" x1="{x(start)}" y1="{y}" x2="{x(end)}" y2="{y}"/>',
            f'<circle class="dot" cx="{x(result.effect)}" cy="{y}" r="4"/>',
        ]
    return Markup("".join([*parts, "</svg>"]))
