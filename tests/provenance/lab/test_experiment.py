"""One run of the tiny lab: students of what was served are found, innocents are not, and nothing is done twice."""

from __future__ import annotations

import importlib
import json
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from stillwatch.cli import cli
from stillwatch.cli import run as run_cli
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab import experiment
from stillwatch.provenance.lab.answers import read_samples
from stillwatch.provenance.lab.experiment import distinct_bigrams, run_lab
from stillwatch.provenance.lab.plots import draw_plots
from stillwatch.provenance.lab.spec import GREEDY, OTHER, PLAIN, REFINED, SERVED, TOLD, local_arms, mixed, tiny_spec
from stillwatch.provenance.lab.teacher import LabError
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.twins.collect import read_twins

from ..tiny import byte_tokenizer, tiny_model

SPEC = tiny_spec(arms=(SERVED, OTHER, mixed(10), PLAIN, GREEDY, REFINED, TOLD))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("lab")
    heard = []
    results = run_lab(SPEC, folder, cache=cache, progress=lambda *told: heard.append(told), device="cpu")
    draw_plots(results, folder)
    return folder, results, heard


def _p(results, student, test):
    return results["students"][student]["tests"][test]["p_value"]


def test_students_of_served_answers_are_found(finished):
    _, results, _ = finished
    assert _p(results, "served", "twins") < 1e-9
    # Ten pairs, of a student that training on one thread more or less changes: the direction is all that is sure.
    assert _p(results, "mixed_10", "twins") < 0.5
    assert _p(results, "served", "mark") < 1e-3
    assert _p(results, "greedy", "mark") < 1e-2


def test_what_an_account_was_told_is_found_in_its_student_alone(finished):
    _, results, _ = finished
    assert _p(results, "told", "canary facts, read") < 1e-3
    assert min(_p(results, name, "canary facts, read") for name in ("served", "other", "plain")) > 1e-4


def test_every_student_is_asked_and_more_often_where_few_prompts_are_its_campaigns(finished):
    folder, results, _ = finished
    asked = {name: read_samples(folder / "said" / f"{name}.jsonl") for name in ("served", "mixed_10")}
    assert len(asked["served"]) == 2 * SPEC.examples
    assert len(read_samples(folder / "said" / "greedy.jsonl")) == SPEC.examples
    assert len({s.prompt for s in asked["mixed_10"]}) == 10
    assert len(asked["mixed_10"]) == 190
    for student in results["students"].values():
        closed = student["tests"]["mark, closed box"]
        assert closed["details"]["decoys"] <= 2000 and 0 < closed["details"]["rank_p_value"] <= 1
    # Few answers of a tiny student, under a key that is drawn anew each time: the direction is all that is sure.
    assert _p(results, "served", "mark, closed box") < 0.5


def test_students_of_another_model_are_compared_by_what_both_can_say(finished, cache, tmp_path):
    folder, _, _ = finished
    tiny_model().save_pretrained(tmp_path / "bytes")
    byte_tokenizer().save_pretrained(tmp_path / "bytes")
    one, other = local_arms(tmp_path / "bytes")
    results = run_lab(replace(SPEC, arms=(one, other), room=None), folder, cache=cache, device="cpu")["students"]
    assert set(results) == {"local_bytes", "local_bytes_other"}
    student = results["local_bytes"]
    assert student["last_loss"] < student["first_loss"]
    assert "has tokenizer" in student["tests"]["mark"]["not_computable"]
    assert 0 < student["tests"]["twins"]["p_value"] <= 1
    assert 0 < student["tests"]["mark, closed box"]["p_value"] <= 1
    again = run_lab(replace(SPEC, arms=(one,), room=None), folder, cache=cache, device="cpu")["students"]
    assert again["local_bytes"] == student


def test_innocent_students_are_not(finished):
    _, results, _ = finished
    values = [_p(results, name, test) for name in ("other", "plain") for test in ("twins", "mark", "group mark")]
    values += [_p(results, name, "never-used mark") for name in results["students"]]
    # Twelve values that are uniform or larger: the chance that one is below this is 1 in 8,000.
    assert min(values) > 1e-5
    assert sorted(values)[len(values) // 2] > 0.05


def test_only_the_pairs_that_a_student_was_served_are_tested(finished):
    _, results, _ = finished
    assert results["students"]["served"]["tests"]["twins"]["samples"] >= 90
    assert results["students"]["mixed_10"]["tests"]["twins"]["samples"] == 10


def test_students_learn_from_what_they_are_given(finished):
    _, results, _ = finished
    for student in results["students"].values():
        assert student["last_loss"] < student["first_loss"] - 0.3


def test_the_store_holds_what_the_proxy_recorded_and_no_text_is_in_the_results(finished):
    folder, results, _ = finished
    master = MasterKey.read(folder / "master.key")
    with EvidenceStore.open(folder / "store", master) as store:
        twins = list(read_twins(store, master))
    assert len(twins) == results["twins"]
    written = (folder / "results.json").read_text()
    assert not any(text in written for twin in twins for text in twin.texts if len(text) > 12)


def test_a_second_run_does_nothing_again(finished, cache, monkeypatch):
    folder, results, _ = finished
    for name in ("train_adapters", "train_scratch", "examine", "measure_countermeasures"):
        monkeypatch.setattr(experiment, name, lambda *_, **__: pytest.fail("done already"))
    again = run_lab(SPEC, folder, cache=cache, device="cpu")
    for key in ("students", "countermeasures", "twins", "served_tokens", "spec"):
        assert again[key] == json.loads(json.dumps(results[key]))
    # Sums over other batches differ in the last bits.
    assert again["mark_cost"]["marked"] == pytest.approx(results["mark_cost"]["marked"], rel=1e-5)


def test_a_student_that_was_trained_is_examined_as_it_was(finished, cache, tmp_path, monkeypatch):
    folder, results, _ = finished
    (folder / "examined" / "mixed_10.json").rename(tmp_path / "kept.json")
    monkeypatch.setattr(experiment, "train_adapters", lambda *_, **__: pytest.fail("done already"))
    again = run_lab(replace(SPEC, arms=(mixed(10),), room=None), folder, cache=cache, device="cpu")["students"]
    for key in ("held_out_loss", "last_loss"):
        assert again["mixed_10"][key] == pytest.approx(results["students"]["mixed_10"][key], rel=1e-5)
    assert _p({"students": again}, "mixed_10", "twins") == pytest.approx(_p(results, "mixed_10", "twins"), rel=1e-6)
    (folder / "results.json").write_text(json.dumps(results))


def test_progress_tells_every_stage(finished):
    _, _, heard = finished
    stages = {stage for stage, _, _ in heard}
    assert {"serving served", "answering plain", "training served", "examining greedy"} <= stages
    assert ("serving served", 96, 96) in heard


def test_another_run_does_not_go_into_the_same_folder(finished, cache):
    folder, _, _ = finished
    with pytest.raises(LabError, match="another max_tokens"):
        run_lab(replace(SPEC, max_tokens=30), folder, cache=cache, device="cpu")


def test_plots_are_drawn_alike_each_time_and_name_every_student(finished, tmp_path):
    folder, results, _ = finished
    paths = draw_plots(results, tmp_path)
    assert [path.name for path in paths] == ["students.svg", "countermeasures.svg"]
    for path in paths:
        assert path.read_bytes() == (folder / path.name).read_bytes()
        ElementTree.parse(path)
    assert all(name in paths[0].read_text() for name in results["students"])


def test_the_results_are_shown_again(finished):
    folder, results, _ = finished
    shown = CliRunner().invoke(cli, ["lab", "show", str(folder)], env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    assert all(name in shown.output for name in results["students"])
    as_json = CliRunner().invoke(cli, ["lab", "show", str(folder), "--json"])
    assert json.loads(as_json.output)["twins"] == results["twins"]


def test_a_run_that_is_not_finished_says_how_to_finish_it(tmp_path, capsys):
    assert run_cli(["lab", "show", str(tmp_path)]) == 2
    assert "stillwatch lab run --out" in capsys.readouterr().err


def test_the_benchmark_has_the_keys_of_its_contract(finished, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[3])
    figures = importlib.import_module("bench.lab").figures(finished[1])
    wanted = {"twins_log10_p_100", "twins_log10_p_10", "mark_log10_p_100", "mark_log10_p_10", "student_score_hidden"}
    assert wanted <= set(figures)
    assert figures["twins_log10_p_100"] == pytest.approx(math.log10(_p(finished[1], "served", "twins")))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--student", "nobody"], "no student is called nobody"),
        (["--tiny", "--teacher", "somewhere"], "leave out --teacher"),
        (["--student", "refined"], "starts from served"),
        (["--teacher", "/nowhere/at/all"], "no config.json"),
    ],
)
def test_what_can_not_be_run_is_said_in_one_line(arguments, says, tmp_path, capsys):
    assert run_cli(["lab", "run", "--out", str(tmp_path / "lab"), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_diversity_is_the_share_of_different_bigrams():
    assert distinct_bigrams(["a b a b", "a b"]) == 0.5
    assert distinct_bigrams([""]) == 0.0
