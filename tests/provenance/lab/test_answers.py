"""Serving: through the recording proxy, with twins and marks; a run that was stopped goes on."""

from __future__ import annotations

import asyncio

import httpx
import numpy as np
import pytest

from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.answers import (
    GROUP,
    answer_all,
    audit_texts,
    mark_keys,
    mixture,
    other_answers,
    paraphrase,
    read_samples,
    serve,
    served_twins,
)
from stillwatch.provenance.lab.prompts import lab_prompts
from stillwatch.provenance.lab.server import TeacherServer
from stillwatch.provenance.lab.spec import mixed, tiny_spec
from stillwatch.provenance.lab.students import Sample
from stillwatch.provenance.lab.teacher import LabError, generate
from stillwatch.provenance.marks.pairs import generated_pairs
from stillwatch.provenance.marks.positions import group_positions
from stillwatch.provenance.marks.radioactivity import deduplicated_test
from stillwatch.provenance.store import EvidenceStore

SPEC = tiny_spec(examples=24, max_tokens=12)
MASTER = MasterKey(bytes(range(32)))


@pytest.fixture(scope="module")
def run(tmp_path_factory, teacher, prompts):
    """Half of the prompts served in one run, all of them in the next, and greedy ones."""
    folder = tmp_path_factory.mktemp("run")
    options = {"spec": SPEC, "master": MASTER, "path": folder / "served.jsonl", "temperature": 1.0}
    with EvidenceStore.create(folder / "store", MASTER) as store:
        first = serve(teacher, prompts[:10], store=store, **options)
    with EvidenceStore.open(folder / "store", MASTER, write=True) as store:
        served = serve(teacher, prompts, store=store, **options)
        after = store.counts()
        greedy = serve(
            teacher, prompts, store=store, **(options | {"temperature": 0.0, "path": folder / "greedy.jsonl"})
        )
        assert store.counts() == after, "at temperature 0 there is nothing to pair"
    return folder, first, served, greedy


def test_what_was_served_is_one_of_the_twins_and_the_store_says_which(run):
    folder, _, served, _ = run
    with EvidenceStore.open(folder / "store", MASTER) as store:
        twins = served_twins(store, MASTER)
    answers = {sample.prompt: sample.answer for sample in served}
    assert len(twins) >= len(served) - 2
    assert all(answers[twin.prompt[-1]["content"]] == twin.texts[twin.served] for twin in twins)
    assert {twin.served for twin in twins} == {0, 1}
    assert {twin.account for twin in twins} == {"lab-campaign"}


def test_a_run_that_was_stopped_goes_on_where_it_was(run, prompts):
    _, first, served, _ = run
    assert served[: len(first)] == first
    assert [sample.prompt for sample in served] == prompts


def test_a_line_that_was_cut_short_is_asked_again(run, tmp_path):
    folder, _, served, _ = run
    text = (folder / "served.jsonl").read_text()
    (tmp_path / "cut.jsonl").write_text(text[:-9])
    assert read_samples(tmp_path / "cut.jsonl") == served[:-1]


def test_served_text_carries_the_provider_s_and_the_group_s_mark_and_no_other(teacher, tmp_path, prompts):
    spec = tiny_spec(max_tokens=40)
    with EvidenceStore.create(tmp_path / "store", MASTER) as store:
        made = serve(
            teacher, prompts, spec=spec, master=MASTER, store=store, path=tmp_path / "served.jsonl", temperature=1.0
        )
    keys, width = mark_keys(MASTER), spec.mark.context_width
    pairs = generated_pairs([s.prompt for s in made], [s.answer for s in made], encode=teacher.encode_text, width=width)
    grouped = group_positions(pairs.contexts, router=keys.router(), settings=spec.mark)
    found = {
        name: deduplicated_test(pairs.where(kept), key, spec.mark, name=name).p_value
        for name, kept, key in (
            ("provider", ~grouped, keys.provider()),
            ("group", grouped, keys.group(GROUP)),
            ("nobody", grouped, keys.group("nobody")),
        )
    }
    assert found["provider"] < 1e-6
    assert found["group"] < 0.05
    assert found["nobody"] > 0.001


def test_the_teacher_answers_like_an_openai_server(teacher, prompts):
    server = TeacherServer(teacher, seed=1, batch=8)

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=server), base_url="http://t") as client:
            body = {"messages": [{"role": "user", "content": prompts[0]}], "max_tokens": 8, "temperature": 0}
            one, two, models = await asyncio.gather(
                client.post("/v1/chat/completions", json=body),
                client.post("/v1/chat/completions", json=body | {"n": 2, "temperature": 1.0}),
                client.get("/v1/models"),
            )
        return one.json(), two.json(), models.json()

    one, two, models = asyncio.run(ask())
    ((expected,),) = generate(teacher, prompts[:1], max_tokens=8, temperature=0, seed=5)
    assert one["choices"][0]["message"]["content"] == expected
    assert [choice["index"] for choice in two["choices"]] == [0, 1]
    assert two["usage"]["completion_tokens"] <= 16 < two["usage"]["total_tokens"]
    assert models["data"][0]["id"] == teacher.name


def test_a_teacher_that_fails_tells_every_client(teacher, prompts, monkeypatch):
    server = TeacherServer(teacher, seed=1)
    monkeypatch.setattr(server, "_answer", lambda *_: 1 / 0)

    async def ask():
        transport = httpx.ASGITransport(app=server, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            body = {"messages": [{"role": "user", "content": prompts[0]}]}
            return await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for _ in range(3)))

    assert {reply.status_code for reply in asyncio.run(ask())} == {500}


def test_other_kinds_of_answers_are_kept_by_prompt(teacher, prompts, run, tmp_path):
    _, _, served, _ = run
    plain = answer_all(teacher, prompts[:6], spec=SPEC, path=tmp_path / "plain.jsonl")
    other = other_answers(teacher, prompts[:6], spec=SPEC, path=tmp_path / "other.jsonl")
    reworded = paraphrase(teacher, served[:6], spec=SPEC, path=tmp_path / "paraphrased.jsonl")
    assert {s.prompt for s in reworded} <= {s.prompt for s in served[:6]}
    assert [s.answer for s in plain] != [s.answer for s in other]
    assert plain == answer_all(teacher, prompts[:6], spec=SPEC, path=tmp_path / "plain.jsonl")


@pytest.mark.parametrize("percent", [50, 10, 1])
def test_a_mixture_has_its_shares_and_no_prompt_twice(percent):
    spec = tiny_spec(examples=200)
    sources = {name: [Sample(f"p{i}", f"{name} {i}") for i in range(200)] for name in ("served", "other")}
    made = mixture(spec, sources, mixed(percent).data)
    assert len({s.prompt for s in made}) == len(made) == 200
    assert sum(s.answer.startswith("served") for s in made) == 2 * percent


def test_prompts_are_short_distinct_and_the_same_again():
    first = lab_prompts(None, count=150, seed=3)
    assert len(set(first)) == 150
    assert first == lab_prompts(None, count=150, seed=3) != lab_prompts(None, count=150, seed=4)
    assert np.max([len(text) for text in first]) <= 110


def test_too_few_prompts_are_an_error(tmp_path):
    import gzip
    import json

    with gzip.open(tmp_path / "instructions.jsonl.gz", "wt") as file:
        file.write(json.dumps({"turns": ["What is the capital of France, please?"]}) + "\n")
    with pytest.raises(LabError, match="needs 5"):
        lab_prompts(tmp_path, count=5, seed=1)


def test_a_campaign_that_asked_little_is_audited_with_several_texts_to_each_prompt(tmp_path, teacher, prompts):
    plain = answer_all(teacher, prompts, spec=SPEC, path=tmp_path / "plain.jsonl")
    assert audit_texts(teacher, plain, spec=SPEC, path=tmp_path / "all.jsonl") == plain
    few = plain[:3]
    texts = audit_texts(teacher, few, spec=SPEC, path=tmp_path / "few.jsonl")
    each = SPEC.examples // len(few)
    assert {sample.prompt for sample in texts} == {sample.prompt for sample in few}
    assert each * len(few) - 3 <= len(texts) <= each * len(few)  # an empty answer says nothing
    assert len({sample.answer for sample in texts}) > len(texts) / 2
    assert audit_texts(teacher, few, spec=SPEC, path=tmp_path / "few.jsonl")[: len(texts)] == texts
