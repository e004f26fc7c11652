"""The commands of whoever tests a suspect, and of whoever checks the proof."""

from __future__ import annotations

import json
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import click

from stillwatch.errors import InputError, UsageError
from stillwatch.provenance.command_options import JSON, KEY, STORE, say


@click.command(
    "test",
    epilog="""\b
Examples:
  # open weights, with two unrelated models as controls
  stillwatch provenance test --evidence evidence --key master.key --suspect models/suspect \\
      --control models/base --control models/other --out answer
  # a server that gives prompt log-probabilities (vLLM)
  stillwatch provenance test --evidence evidence --key master.key --suspect 'http://localhost:8000/v1#suspect'
  # commit the plan today, publish its checkpoint, ask later
  stillwatch provenance test --evidence evidence --key master.key --suspect models/suspect --out answer --plan-only
  stillwatch provenance test --evidence evidence --key master.key --suspect models/suspect --out answer --plan 4711
""",
)
@STORE
@KEY
@click.option("--suspect", required=True, metavar="MODEL", help="Model folder of transformers, or URL#MODEL.")
@click.option("--control", "controls", multiple=True, metavar="MODEL", help="Innocent model to compare with.")
@click.option("--test", "tests", multiple=True, metavar="NAME", help="Only this test (may be repeated).")
@click.option("--set", "settings", multiple=True, metavar="TEST.OPTION=VALUE", help="Option of a test.")
@click.option(
    "--alpha",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Error rate over all tests of the plan.",
)
@click.option(
    "--out",
    default="answer",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the answer.",
)
@click.option("--plan-only", is_flag=True, help="Commit the plan, ask nothing.")
@click.option("--plan", "plan_index", type=click.IntRange(0), metavar="RECORD", help="Carry out this committed plan.")
@click.option("--api-key-variable", metavar="NAME", help="Environment variable with the server's key.")
@JSON
@click.option("--quiet", is_flag=True, help="No progress and no summary: only files and errors.")
def test_command(
    store: Path,
    key_file: Path,
    suspect: str,
    controls: tuple[str, ...],
    tests: tuple[str, ...],
    settings: tuple[str, ...],
    alpha: float,
    out: Path,
    plan_only: bool,
    plan_index: int | None,
    api_key_variable: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Test whether a suspect model learned from what was served.

    The plan is committed to the ledger before the suspect is asked anything. The verdict is "trained on served outputs"
    or "insufficient evidence"; it is never "innocent".

    \b
    Writes into the folder given by --out:
      plan.json      the plan, and the signed checkpoint over it: publish it before the answer is known
      report.html    one page for a person
      report.json    the same as data
      bundle.json    what a third party needs for `stillwatch verify`, without anybody's text
    """  # noqa: D301 (\b keeps click from joining the lines)
    from stillwatch.provenance.choose import is_address, load_suspect, name_of, planned_tests
    from stillwatch.provenance.examine import examine
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.package import package
    from stillwatch.provenance.page import render
    from stillwatch.provenance.plan import commit_plan, folder_digest, make_plan, read_plan
    from stillwatch.provenance.store import EvidenceStore

    master = MasterKey.read(key_file)
    if not is_address(suspect) and not Path(suspect).is_dir():
        raise InputError("no such model folder", file=suspect)
    digest = None if is_address(suspect) else folder_digest(Path(suspect))
    with EvidenceStore.open(store, master, write=True) as opened:
        if plan_index is None:
            plan = make_plan(
                opened,
                master,
                suspect=name_of(suspect),
                controls=[name_of(one) for one in controls],
                tests=planned_tests(opened, tests, settings, closed=is_address(suspect)),
                alpha=alpha,
                suspect_digest=digest,
            )
            plan_index, note = commit_plan(opened, plan)
            out.mkdir(parents=True, exist_ok=True)
            facts = {"record": plan_index, "digest": plan.digest(), "checkpoint": note, "plan": plan.as_dict()}
            (out / "plan.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            if not quiet:
                click.echo(f"plan {plan.digest()} committed as record {plan_index}", err=True)
        elif read_plan(opened, plan_index).suspect_digest != digest:
            raise UsageError(
                f"{suspect}: its weights are not those that plan {plan_index} names; commit a new plan for them"
            )
        if plan_only:
            hint = f"publish {out / 'plan.json'}; carry out with --plan {plan_index}"
            say({"record": plan_index}, as_json, lambda: hint)
            return
        with _progress(quiet) as progress, ExitStack() as open_models:
            models = [load_suspect(one, api_key_variable=api_key_variable) for one in (suspect, *controls)]
            for model in models:
                open_models.callback(getattr(model, "close", lambda: None))
            outcome = examine(opened, master, plan_index, models[0], models[1:], progress=progress)
        report = outcome.report
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report.as_dict(), indent=1, ensure_ascii=False)
        (out / "report.json").write_text(text + "\n", encoding="utf-8")
        (out / "report.html").write_text(render(report), encoding="utf-8")
        (out / "bundle.json").write_bytes(package(opened, outcome.result_index))
    if as_json:
        click.echo(json.dumps(report.as_dict(), sort_keys=True))
    elif not quiet:
        click.echo(_summary(report))


def _summary(report: Any) -> str:
    from stillwatch.provenance.page import effect_text, p_text

    lines = [f"{report.plan.suspect}: {report.verdict} (error rate {report.plan.alpha:g})"]
    for title, findings in (("", report.findings), ("control ", report.controls)):
        for one in findings:
            if one.result is None:
                lines.append(f"  {title}{one.suspect}, {one.test}: not computable: {one.why_not}")
                continue
            after = f", corrected {p_text(one.corrected)}" if one.corrected is not None else ""
            lines.append(
                f"  {title}{one.suspect}, {one.result.name}: p = {p_text(one.result.p_value)}{after}; "
                f"effect {effect_text(one.result)}; {one.result.samples} samples"
            )
    return "\n".join(lines)


@click.command(
    "bundle",
    epilog="\b\nExample:\n"
    "  stillwatch provenance bundle --evidence evidence --key master.key --disclose --out for-the-court.json",
)
@STORE
@KEY
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--report", "record", type=click.IntRange(0), help="Record of the report; the latest by default.")
@click.option("--disclose", is_flag=True, help="With prompts, texts and accounts. Without it there are none.")
def bundle_command(store: Path, key_file: Path, out: Path, record: int | None, disclose: bool) -> None:
    """Export the proof of a report again, with the customers' texts or without."""
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.package import last_report, package
    from stillwatch.provenance.store import EvidenceStore

    opened = EvidenceStore.open(store, MasterKey.read(key_file))
    data = package(opened, last_report(opened) if record is None else record, disclose=disclose)
    out.write_bytes(data)
    click.echo(f"{out}: {len(data):,} bytes")


@click.command("tests", epilog="\b\nExample:\n  stillwatch provenance tests")
@JSON
def tests_command(as_json: bool) -> None:
    """List the tests: what each shows, and what it guarantees."""
    from stillwatch.provenance.registry import TESTS, find_test

    found = [find_test(name) for name in TESTS]
    facts = [{n: getattr(one, n) for n in ("name", "family", "meaning", "guarantee")} for one in found]
    say(
        facts,
        as_json,
        lambda: "\n".join(f"{f['name']} ({f['family']})\n  {f['meaning']}\n  {f['guarantee']}" for f in facts),
    )


@click.command(
    "verify",
    short_help="Check a bundle of evidence, offline.",
    epilog="""\b
Examples:
  stillwatch verify answer/bundle.json
  # with the verifier key that the ledger's keeper published
  stillwatch verify answer/bundle.json --verifier example.com/evidence+5a4d2c1b+AW...
  # and show that it extends a checkpoint that you kept
  stillwatch verify answer/bundle.json --published plan-checkpoint.txt
""",
)
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verifier", metavar="KEY", help="Verifier key that the ledger's keeper published.")
@click.option(
    "--published", type=click.Path(path_type=Path), help="Checkpoint that you kept, which the bundle must extend."
)
@JSON
def verify_command(bundle: Path, verifier: str | None, published: Path | None, as_json: bool) -> None:
    """Check a bundle of evidence: signatures, proofs, and whatever follows from its records.

    Needs neither keys nor network. A report's p-values are recomputed from the measurements and from the coins that
    were committed to when serving. Exit status 2 if anything does not hold.
    """
    from stillwatch.ledger import Checkpoint, VerificationError, Verifier, verify_bundle
    from stillwatch.provenance.recheck import recheck

    known = Verifier.parse(verifier) if verifier else None
    try:
        verified = verify_bundle(_read(bundle), known)
    except VerificationError as cause:
        raise VerificationError(f"{bundle}: {cause}") from cause
    if published:
        try:
            kept = Checkpoint.open(_read(published).decode("utf-8"), verified.verifier)
        except UnicodeDecodeError as cause:
            raise VerificationError(f"{published}: not a signed checkpoint") from cause
        if kept not in (verified.checkpoint, *verified.earlier):
            raise VerificationError(f"{published}: the bundle does not show that it extends this checkpoint")
    reports = recheck(verified)
    kinds = [record.kind for record in verified.records.values()]
    facts = {
        "verifier": str(verified.verifier),
        "verifier_given": verifier is not None,
        "ledger_size": verified.checkpoint.size,
        "root": verified.checkpoint.root.hex(),
        "records": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "reports": [
            {
                "suspect": one.suspect,
                "verdict": one.verdict,
                "questions": one.questions,
                "recomputed": dict(one.recomputed),
                "not_recomputed": list(one.not_recomputed),
            }
            for one in reports
        ],
    }
    say(facts, as_json, lambda: _verified(facts))


def _verified(facts: dict[str, Any]) -> str:
    from stillwatch.provenance.page import p_text

    trust = "" if facts["verifier_given"] else "\n  the bundle names this key itself: compare it with the published one"
    held = ", ".join(f"{count} {kind}" for kind, count in facts["records"].items())
    lines = [
        f"verified: {held}; of a ledger of {facts['ledger_size']} records",
        f"signed by {facts['verifier']}{trust}",
    ]
    for one in facts["reports"]:
        lines.append(f"{one['suspect']}: {one['verdict']}, after {one['questions']} questions")
        lines += [f"  recomputed  {name}: p = {p_text(p)}" for name, p in one["recomputed"].items()]
        lines += [f"  not recomputable without the keys  {name}" for name in one["not_recomputed"]]
    return "\n".join(lines)


def _progress(quiet: bool) -> Any:
    from rich.console import Console

    from stillwatch.progress import StageProgress

    errors = Console(stderr=True)
    return StageProgress(errors) if errors.is_terminal and not quiet else nullcontext()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise InputError(f"can't be read: {cause.strerror}", file=str(path)) from cause
