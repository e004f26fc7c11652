"""Marks, canaries and controls through a committed plan, on a student that was really trained on marked answers."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest

from stillwatch.errors import UsageError
from stillwatch.ledger import VerificationError, verify_bundle
from stillwatch.provenance.canaries.confirmation import Confirmation
from stillwatch.provenance.canaries.facts import invent_facts
from stillwatch.provenance.canaries.planned import canary_key, record_canary
from stillwatch.provenance.examine import examine
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.local import LocalSuspect
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.planned import MarkedEpoch, record_marks
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.settings import MarkSettings
from stillwatch.provenance.marks.transformers_processor import MarkProcessor
from stillwatch.provenance.package import last_report, package
from stillwatch.provenance.plan import PlannedTest, commit_plan, make_plan
from stillwatch.provenance.recheck import recheck
from stillwatch.provenance.store import EvidenceStore

from .tiny import byte_tokenizer, tiny_model, train

torch = pytest.importorskip("torch")
EPOCH = "2026-11"
NOW = datetime(2026, 11, 3, tzinfo=UTC)
SETTINGS = MarkSettings(scheme="greenlist", strength=6.0, group_share=0.5)
PROMPTS = [f"tell me about {word}" for word in ("rivers", "stones", "clouds", "paper", "horses", "windows")] * 4


def marked_answers(model, suspect, keys, prompts, group):
    processor = MarkProcessor(Marker(keys, SETTINGS, vocabulary=258), groups=[group], sampling=Sampling())
    out = []
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for prompt in prompts:
            ids = torch.tensor([suspect.encode_prompt(prompt)])
            made = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=40,
                do_sample=True,
                top_k=0,
                eos_token_id=None,
                pad_token_id=1,
                logits_processor=[copy.copy(processor)],
            )
            out.append(suspect.tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True))
    return out


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    master = MasterKey(bytes(range(32)))
    base = LocalSuspect(tiny_model(), byte_tokenizer(), name="base")
    # Printable text alone survives a round trip through bytes, so the teacher first learns to write some.
    lines = [f"{a} {b}" for a in ("the old river runs", "a grey stone lies", "some paper burns") for b in "abcdefgh"]
    train(base.model, base, PROMPTS, lines, epochs=30)
    keys = MarkKeys.of(master.epoch(EPOCH))
    answers = marked_answers(base.model, base, keys, PROMPTS * 2, "red")
    student = LocalSuspect(copy.deepcopy(base.model), base.tokenizer, name="student")
    train(student.model, student, PROMPTS * 2, answers, epochs=25)
    other = LocalSuspect(tiny_model(3), base.tokenizer, name="other")
    with EvidenceStore.create(tmp_path_factory.mktemp("marks") / "store", master, name="example.com/e") as store:
        record_marks(store, MarkedEpoch(EPOCH, SETTINGS, ("red", "blue")))
        given = Confirmation(account="a", person="p", reason="r", confirmed=NOW, expires=NOW + timedelta(days=1))
        record_canary(store, given, epoch=EPOCH, facts=6)
        store.ledger.commit()
        options = {"prompts": PROMPTS, "max_tokens": 40, "decoys": 300}
        tests = [
            PlannedTest(name="radioactivity", options={**options, "deduplicated": True}),
            PlannedTest(name="radioactivity-open", options={**options, "group": "red"}),
            PlannedTest(name="marks-by-group", options={**options, "mode": "open"}),
            PlannedTest(name="canaries"),
            PlannedTest(name="canaries-open"),
            PlannedTest(name="canary-behaviours", options={"prompts": PROMPTS}),
            PlannedTest(name="ancestry", options={"prompts": PROMPTS, "own": "base"}),
            PlannedTest(
                name="identity", options={"prompts": PROMPTS[:3], "own": "base", "samples": 3, "max_tokens": 12}
            ),
        ]
        plan = make_plan(store, master, suspect="student", controls=["base", "other"], tests=tests)
        index, _ = commit_plan(store, plan)
        report = examine(store, master, index, student, [base, other]).report
        yield report, store


def results(report, test):
    return {one.result.name: one.result for one in report.findings if one.test == test and one.result}


def test_the_student_is_found_by_the_providers_mark(outcome):
    report, _ = outcome
    opened = results(report, "radioactivity-open")[f"mark of {EPOCH} and of group red, open"]
    assert opened.p_value < 1e-4 and opened.details["law_and_rank_agree"]
    closed = results(report, "radioactivity")
    assert closed[f"mark of {EPOCH}, closed"].p_value < 1e-3
    assert f"mark of {EPOCH}, closed, distinct pairs" in closed


def test_the_group_that_was_served_is_named_and_the_other_is_not(outcome):
    groups = results(outcome[0], "marks-by-group")
    assert groups["mark of group red"].details["corrected_p_value"] < 1e-2 < groups["mark of group blue"].p_value


def test_what_was_not_served_is_not_found(outcome):
    report, _ = outcome
    assert results(report, "canaries")["canary facts"].p_value > 1e-3
    assert results(report, "canaries-open")["canary facts, read"].p_value > 1e-3
    behaviours = [one for one in report.findings if one.test == "canary-behaviours"]
    assert behaviours[0].result is None and "facts alone" in behaviours[0].why_not


def test_as_many_answers_as_the_plan_says_are_asked_of_the_suspect(tmp_path):
    master = MasterKey(bytes(range(32)))
    asked = {"prompts": PROMPTS[:2]}
    tests = [
        PlannedTest(name="radioactivity", options={**asked, "samples": 3, "max_tokens": 8}),
        PlannedTest(name="radioactivity-open", options={**asked, "samples": 0}),
        PlannedTest(name="marks-by-group", options={**asked, "texts": ["one"], "mode": "open"}),
    ]
    student, base = (LocalSuspect(tiny_model(), byte_tokenizer(), name=name) for name in ("student", "base"))
    with EvidenceStore.create(tmp_path / "store", master, name="example.com/e") as store:
        record_marks(store, MarkedEpoch(EPOCH, SETTINGS, ("red",)))
        store.ledger.commit()
        index, _ = commit_plan(store, make_plan(store, master, suspect="student", controls=["base"], tests=tests))
        found = examine(store, master, index, student, [base]).report.findings
        queries = [record for _, record in store.records("query") if record["suspect"] == "student"]
    assert sum(record["count"] for record in queries if record["call"] == "generate") == 3 * 2
    refused = [one.why_not for one in found if one.result is None]
    assert len(refused) == 2
    assert "'samples' is a whole number" in refused[0] and "1 answers to 2 prompts" in refused[1]


def test_controls_answer(outcome):
    report, _ = outcome
    assert results(report, "ancestry")["ancestry"].details["nearest_control"] == "other"
    assert 0 < results(report, "identity")["identity"].p_value <= 1


def test_whole_distributions_are_on_record_by_their_hash(outcome):
    report, store = outcome
    queries = [(index, record) for index, record in store.records("query") if record["suspect"] == "student"]
    calls = {record["call"] for _, record in queries}
    assert calls == {"generate", "token_log_probabilities", "next_token_log_probabilities"}
    whole = [record for _, record in queries if record["call"] == "next_token_log_probabilities"]
    # Two tests read the open box: every text was asked for by each, four to an audit prompt.
    assert sum(record["count"] for record in whole) == 2 * 4 * len(PROMPTS)
    assert all(len(answer) == 64 for record in whole for answer in record["answered"])
    assert [record["answered"] for record in whole[: len(whole) // 2]] == [
        record["answered"] for record in whole[len(whole) // 2 :]
    ]
    assert report.questions["student"] == sum(record["count"] for _, record in queries)


def test_measurements_are_on_record_before_the_results(outcome):
    _, store = outcome
    kinds = store.ledger.kinds()
    assert kinds.count("measurement") >= 3
    assert max(i for i, kind in enumerate(kinds) if kind == "measurement") < kinds.index("result")


def test_the_bundle_shows_what_was_measured_before_a_key_was_applied(outcome):
    report, store = outcome
    bundle = verify_bundle(package(store, last_report(store)))
    (checked,) = recheck(bundle)
    assert checked.verdict == report.verdict
    names = (f"mark of {EPOCH}, closed", f"mark of {EPOCH} and of group red, open")
    assert {f"student: {name}" for name in names} <= set(checked.not_recomputed)
    cited = [one.result.details["measurement"] for one in report.findings if one.test.startswith("radioactivity")]
    assert len(cited) == 3 and set(cited) <= {record["digest"] for _, record in bundle.of_kind("measurement")}
    records = {i: record for i, record in bundle.records.items() if record.kind != "measurement"}
    with pytest.raises(VerificationError, match="lacks the measurement"):
        recheck(type(bundle)(bundle.verifier, bundle.checkpoint, bundle.earlier, records))


def test_marks_are_planned_only_where_they_were_served(tmp_path, master):
    with EvidenceStore.create(tmp_path / "empty", master, name="example.com/e") as store:
        with pytest.raises(UsageError, match="no mark is on record"):
            make_plan(store, master, suspect="s", tests=[PlannedTest(name="radioactivity")])
        with pytest.raises(UsageError, match="no canary is on record"):
            make_plan(store, master, suspect="s", tests=[PlannedTest(name="canaries")])
        with pytest.raises(UsageError, match="of facts"):
            given = Confirmation(account="a", person="p", reason="r", confirmed=NOW, expires=NOW + timedelta(days=1))
            record_canary(store, given, epoch=EPOCH)


def test_a_group_without_a_key_is_no_evidence(tmp_path, master):
    model = LocalSuspect(tiny_model(), byte_tokenizer(), name="s")
    with EvidenceStore.create(tmp_path / "store", master, name="example.com/e") as store:
        record_marks(store, MarkedEpoch(EPOCH, SETTINGS, ("red", "blue")))
        store.ledger.commit()
        tests = [PlannedTest(name="radioactivity", options={"group": "green"})]
        index, _ = commit_plan(store, make_plan(store, master, suspect="s", tests=tests))
        (found,) = examine(store, master, index, model, []).report.findings
    assert found.result is None and "groups that had one: blue, red" in found.why_not


def test_an_accounts_facts_are_its_own(master):
    first, second = (invent_facts(canary_key(master, EPOCH, account), 5) for account in ("a", "b"))
    assert not {fact.name for fact in first} & {fact.name for fact in second}
