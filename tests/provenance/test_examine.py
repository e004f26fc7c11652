"""A whole examination: twins served, a student really trained on them, plan, questions, report, bundle, recheck."""

from __future__ import annotations

import copy
import hashlib
import json

import numpy as np
import pytest

from stillwatch.errors import UsageError
from stillwatch.ledger import VerificationError, verify_bundle
from stillwatch.ledger.redaction import canonical
from stillwatch.provenance.examine import examine
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.package import last_report, package
from stillwatch.provenance.plan import PlannedTest, commit_plan, make_plan, read_plan
from stillwatch.provenance.recheck import recheck
from stillwatch.provenance.report import INSUFFICIENT, TRAINED
from stillwatch.provenance.twins.collect import TwinRecorder, read_twins
from stillwatch.provenance.twins.policy import TwinPolicy

from .tiny import train

WORDS = ["river", "stone", "cloud", "paper", "green", "seven", "walk", "under", "bright", "later", "window", "horse"]


def serve(recorder, count, rng, accounts=("acme", "other")):
    """Twins of random sentences, as a gateway would keep them."""
    for number in range(count):
        # Fixed identifiers make fixed coins: of a hundred runs with random ones, one calls an innocent guilty.
        draw = recorder.draw(accounts[number % len(accounts)], pair=rng.bytes(16).hex())
        texts = [" ".join(rng.choice(WORDS, 6)) for _ in range(2)]
        recorder.keep(
            draw,
            model="m",
            prompt=[{"role": "user", "content": f"question {number}"}],
            texts=(texts[0], texts[1]),
            parameters={},
        )


def students(twins, tiny):
    """A model trained on what was served, one on what was withheld, both really trained."""
    made = []
    for which in (0, 1):
        model = copy.deepcopy(tiny.model)
        suspect = LocalSuspect(model, tiny.tokenizer, name=("student", "unlucky")[which])
        texts = [twin.texts[twin.served ^ which] for twin in twins]
        train(model, suspect, [twin.prompt for twin in twins], texts, epochs=(30, 8)[which])
        made.append(suspect)
    return made


@pytest.fixture(scope="module")
def scene(tmp_path_factory, tiny):
    from stillwatch.provenance.keys import MasterKey
    from stillwatch.provenance.store import EvidenceStore

    master = MasterKey(bytes(range(32)))
    store = EvidenceStore.create(tmp_path_factory.mktemp("scene") / "store", master, name="example.com/evidence")
    recorder = TwinRecorder(store, master, TwinPolicy(share=1.0))
    serve(recorder, 80, np.random.default_rng(5))
    store.ledger.commit()
    student, unlucky = students(list(read_twins(store, master)), tiny)
    tests = [PlannedTest(name="twins"), PlannedTest(name="twins-by-account")]
    outcomes = {}
    for suspect in (student, tiny, unlucky):
        controls = [tiny] if suspect is student else []
        plan = make_plan(
            store, master, suspect=suspect.name, controls=[c.name for c in controls], tests=tests, alpha=0.01
        )
        index, _ = commit_plan(store, plan)
        outcomes[suspect.name] = examine(store, master, index, suspect, controls)
    yield store, master, outcomes, student
    store.close()


def test_a_trained_student_is_found_and_nobody_else_is(scene):
    _, _, outcomes, _ = scene
    student = outcomes["student"].report
    assert student.verdict == TRAINED
    (twins,) = student.of("evidence")
    assert twins.result.p_value < 1e-6
    assert twins.result.interval[0] > 0
    assert twins.result.samples == 80
    assert outcomes["tiny"].report.verdict == INSUFFICIENT
    # Trained on the withheld texts: the clearest of innocents, on the other side.
    assert outcomes["unlucky"].report.verdict == INSUFFICIENT
    assert outcomes["unlucky"].report.of("evidence")[0].result.effect < 0


def test_whose_outputs_is_reported_apart(scene):
    report = scene[2]["student"].report
    attribution = {one.result.name: one for one in report.of("attribution")}
    assert set(attribution) == {"twins of account acme", "twins of account other"}
    assert all(one.corrected < 0.01 and one.result.samples == 40 for one in attribution.values())


def test_controls_are_tested_too_and_alternatives_named(scene):
    report = scene[2]["student"].report
    (control,) = report.controls
    assert control.suspect == "tiny" and control.result.p_value > 0.001
    explanations = [one.explanation for one in report.alternatives]
    assert len(explanations) == 6 and "chance" in explanations
    assert "0 of 1 tests of 1 control models" in report.alternatives[1].answer


def test_each_question_is_on_record_and_asked_once(scene):
    store, _, outcomes, _ = scene
    outcome = outcomes["student"]
    asked = [r for i, r in store.records("query") if outcome.plan_index < i < outcome.result_index]
    # Every text of 80 pairs, once for the suspect and once for the control, though two tests use them.
    assert sum(record["count"] for record in asked) == 320
    assert outcome.report.questions == {"student": 160, "tiny": 160}
    twin = next(read_twins(store, scene[1]))
    digest = hashlib.sha256(canonical([list(twin.prompt), twin.texts[0]])).hexdigest()
    assert asked[0]["asked"][0] == digest
    assert np.isclose(sum(asked[0]["answered"][0]), scene[3].log_likelihood([twin.prompt], [twin.texts[0]])[0])


def test_the_bundle_proves_the_verdict_to_a_third_party(scene):
    store, _, outcomes, _ = scene
    outcome = outcomes["student"]
    bundle = package(store, outcome.result_index)
    verified = verify_bundle(bundle, store.ledger.verifier)
    (checked,) = recheck(verified)
    assert checked.verdict == TRAINED and checked.questions == 320
    assert checked.recomputed["student: twins"] == outcome.report.of("evidence")[0].result.p_value
    assert len(checked.recomputed) == 4 and checked.not_recomputed == ()
    assert b"question 0" not in bundle and b"acme" in bundle  # named by the attribution alone
    assert b"question 0" in package(store, outcome.result_index, disclose=True)
    assert last_report(store) == outcomes["unlucky"].result_index


def change(verified, kind, edit):
    """The records with one of them changed, as a keeper of the ledger could write it before signing."""
    records = dict(verified.records)
    for index, record in records.items():
        if record.kind == kind:
            fields = json.loads(json.dumps(record.fields()))
            edit(fields)
            disclosed = {name: (record.disclosed[name][0], value) for name, value in fields.items()}
            records[index] = type(record)(record.kind, record.commitments, disclosed)
    return type(verified)(verified.verifier, verified.checkpoint, verified.earlier, records)


@pytest.mark.parametrize(
    ("kind", "edit", "complaint"),
    [
        ("result", lambda f: f["report"].__setitem__("verdict", INSUFFICIENT), "verdict"),
        ("result", lambda f: f["report"]["findings"][0].__setitem__("corrected", 1e-9), "corrected p-value"),
        ("result", lambda f: f["report"]["findings"][0]["result"].__setitem__("p_value", 1e-30), "the report says p"),
        ("twin", lambda f: f.__setitem__("served", 0), "the report says p"),
        ("measurement", lambda f: f["values"].__setitem__(0, 0.1), "lacks the measurement"),
        ("plan", lambda f: f["plan"].__setitem__("alpha", 0.05), "not on the plan"),
        ("start", lambda f: f.__setitem__("plan", 0), "signed before the first question"),
    ],
)
def test_a_report_that_does_not_follow_from_its_evidence_is_found(scene, kind, edit, complaint):
    store, _, outcomes, _ = scene
    verified = verify_bundle(package(store, outcomes["student"].result_index))
    with pytest.raises(VerificationError, match=complaint):
        recheck(change(verified, kind, edit))


def test_a_plan_binds(scene, tiny):
    store, master, outcomes, student = scene
    index = outcomes["student"].plan_index
    plan = read_plan(store, index)
    assert plan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    with pytest.raises(UsageError, match="the plan is for student with the controls tiny; given: tiny"):
        examine(store, master, index, tiny, [student])
    with pytest.raises(UsageError, match="is no plan but a twin"):
        read_plan(store, 0)
    unsigned = store.add("plan", {"plan": plan.as_dict(), "digest": plan.digest()})
    with pytest.raises(UsageError, match="never signed"):
        examine(store, master, unsigned, student, [tiny])


def test_earlier_plans_for_the_same_suspect_are_counted(scene, tiny):
    store, master, outcomes, _ = scene
    assert outcomes["tiny"].report.earlier_plans == 0
    index, _ = commit_plan(store, make_plan(store, master, suspect="tiny", tests=[PlannedTest(name="twins")]))
    again = examine(store, master, index, tiny).report
    assert again.earlier_plans == 1
    assert "plans for it before this one: 1" in again.alternatives[0].answer


def test_names_are_told_apart(scene):
    store, master, _, _ = scene
    with pytest.raises(UsageError, match="names of their own: a, a"):
        make_plan(store, master, suspect="a", controls=["a"], tests=[PlannedTest(name="twins")])


def test_later_twins_are_no_evidence_for_an_earlier_plan(store, master, tiny):
    recorder = TwinRecorder(store, master, TwinPolicy(share=1.0))
    serve(recorder, 30, np.random.default_rng(1))
    store.ledger.commit()
    plan = make_plan(store, master, suspect="tiny", tests=[PlannedTest(name="twins")])
    index, _ = commit_plan(store, plan)
    serve(recorder, 30, np.random.default_rng(2))
    (finding,) = examine(store, master, index, tiny).report.findings
    assert finding.result.samples == 30


@pytest.mark.parametrize(
    ("tests", "complaint"),
    [
        ([], "at least one test"),
        ([PlannedTest(name="twins")] * 2, "each test once"),
        ([PlannedTest(name="tarot")], "no provenance test 'tarot'"),
        ([PlannedTest(name="twins")], "no twin is on record in the store"),
    ],
)
def test_what_cannot_be_planned(store, master, tests, complaint):
    if complaint == "each test once":
        serve(TwinRecorder(store, master, TwinPolicy(share=1.0)), 1, np.random.default_rng(0))
    with pytest.raises(UsageError, match=complaint):
        make_plan(store, master, suspect="s", tests=tests)
