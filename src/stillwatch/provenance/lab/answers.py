"""What is served, and what students are given instead: each kind of answer made once, kept as JSON lines."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from stillwatch.progress import Progress
from stillwatch.provenance.keys import MasterKey
from stillwatch.provenance.lab.server import TeacherServer
from stillwatch.provenance.lab.spec import LabSpec
from stillwatch.provenance.lab.students import Sample
from stillwatch.provenance.lab.teacher import Language, generate
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.positions import MarkKeys
from stillwatch.provenance.marks.transformers_processor import MarkProcessor
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.twins.collect import Twin, TwinRecorder, read_twins
from stillwatch.provenance.twins.policy import TwinPolicy
from stillwatch.provenance.twins.proxy import RecordingProxy

CAMPAIGN = "lab-campaign"  #: the account that collects the answers
GROUP = "lab"  #: the group of accounts that the detector has put it into
MARK_EPOCH = "lab"
AUDIT_TEXTS = 768  #: that are read for a mark, at most: each takes a sixth of a second of a core
_CHUNK = 32
_OTHER_VOICE = "You are a plain-spoken local expert. Answer with a concrete example from your own work."
_REWRITE = "Rewrite this text in other words and keep its meaning:\n\n{}"


def read_samples(path: Path) -> list[Sample]:
    """Prompts and answers of one file of JSON lines; those of a line that was cut short are left out."""
    if not path.exists():
        return []
    out = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        out.append(Sample(row["prompt"], row["answer"]))
    return out


def mark_keys(master: MasterKey) -> MarkKeys:
    """The keys of the marks of the run."""
    return MarkKeys.of(master.epoch(MARK_EPOCH))


def marks_of(language: Language, master: MasterKey, spec: LabSpec, *, temperature: float) -> Callable[[], Any]:
    """A maker of logits processors that mark for the campaign's group."""
    marker = Marker(mark_keys(master), spec.mark, vocabulary=len(language.tokenizer))
    sampling = Sampling(temperature=temperature, top_k=50)
    return lambda: MarkProcessor(marker, groups=[GROUP], sampling=sampling)


def serve(
    teacher: Language,
    prompts: Sequence[str],
    *,
    spec: LabSpec,
    master: MasterKey,
    store: EvidenceStore,
    path: Path,
    temperature: float,
    progress: Progress | None = None,
) -> list[Sample]:
    """Ask the prompts of the teacher through the recording proxy as the campaign would; what it was given.

    Answers are marked. At a temperature above 0 every request gets a twin, sealed in the store. Goes on where `path`
    ends.
    """
    had = read_samples(path)
    asked = {sample.prompt for sample in had}
    todo = [prompt for prompt in prompts if prompt not in asked]
    server = TeacherServer(
        teacher,
        seed=spec.seed * 1000 + len(had),
        batch=2 * _CHUNK,
        marks=marks_of(teacher, master, spec, temperature=temperature),
    )
    recorder = TwinRecorder(store, master, TwinPolicy(share=0.0, flagged_share=1.0, flagged=frozenset({CAMPAIGN})))
    proxy = RecordingProxy(
        "http://teacher",
        recorder,
        master.purpose("accounts"),
        account_header="x-account",
        ask_log_probabilities=False,
        transport=httpx.ASGITransport(app=server),
    )

    async def campaign() -> None:
        transport = httpx.ASGITransport(app=proxy.app)
        async with (
            proxy.app.router.lifespan_context(proxy.app),
            httpx.AsyncClient(transport=transport, base_url="http://proxy", timeout=None) as client,
        ):
            for start in range(0, len(todo), _CHUNK):
                part = todo[start : start + _CHUNK]
                answers = await asyncio.gather(*(_ask(client, prompt, spec, temperature) for prompt in part))
                with path.open("a", encoding="utf-8") as file:
                    for prompt, answer in zip(part, answers, strict=True):
                        if answer:
                            file.write(json.dumps({"prompt": prompt, "answer": answer}) + "\n")
                if progress:
                    progress(f"serving {path.stem}", len(had) + start + len(part), len(prompts))

    if todo:
        asyncio.run(campaign())
    return read_samples(path)


async def _ask(client: httpx.AsyncClient, prompt: str, spec: LabSpec, temperature: float) -> str:
    reply = await client.post(
        "/v1/chat/completions",
        json={
            "model": "teacher",
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": spec.max_tokens,
            "temperature": temperature,
        },
        headers={"x-account": CAMPAIGN},
    )
    reply.raise_for_status()
    return str(reply.json()["choices"][0]["message"]["content"])


def served_twins(store: EvidenceStore, master: MasterKey) -> list[Twin]:
    """The twins of the store, the last one of a prompt: a run that was stopped may have asked a prompt twice."""
    return list({str(twin.prompt[-1]["content"]): twin for twin in read_twins(store, master)}.values())


def answer_all(
    teacher: Language,
    prompts: Sequence[str],
    *,
    spec: LabSpec,
    path: Path,
    times: int = 1,
    voice: str | None = None,
    progress: Progress | None = None,
) -> list[Sample]:
    """Answers without a mark, not through the proxy: so many to each prompt.

    `voice` is a system message that makes it another teacher.
    """
    had = read_samples(path)
    asked = Counter(sample.prompt for sample in had)
    todo = [prompt for prompt in prompts for _ in range(times - asked[prompt])]
    for start in range(0, len(todo), 2 * _CHUNK):
        part = todo[start : start + 2 * _CHUNK]
        texts = generate(
            teacher,
            [_voiced(prompt, voice) for prompt in part],
            max_tokens=spec.max_tokens,
            temperature=spec.temperature,
            seed=spec.seed * 1000 + 500 + len(had) + start + (7 if voice else 0) + 31 * (times - 1),
            batch=2 * _CHUNK,
        )
        with path.open("a", encoding="utf-8") as file:
            for prompt, (text,) in zip(part, texts, strict=True):
                if text:
                    file.write(json.dumps({"prompt": prompt, "answer": text}) + "\n")
        if progress:
            progress(f"answering {path.stem}", len(had) + start + len(part), len(had) + len(todo))
    return read_samples(path)


def audit_texts(
    teacher: Language,
    plain: Sequence[Sample],
    *,
    spec: LabSpec,
    path: Path,
    progress: Progress | None = None,
) -> list[Sample]:
    """Answers without a mark to the prompts that a campaign asked, in which a mark is looked for.

    As many in all as a student has examples, at most `AUDIT_TEXTS`: several to each prompt where its campaign asked
    few of them, since a mark is heard in what a suspect finds likely after many contexts. `plain` has one of each.
    """
    times = max(1, min(spec.examples, AUDIT_TEXTS) // max(len(plain), 1))
    if times == 1:
        return list(plain)
    prompts = [str(sample.prompt) for sample in plain]
    return answer_all(teacher, prompts, spec=spec, path=path, times=times, progress=progress)


def other_answers(teacher: Language, prompts: Sequence[str], **options: Any) -> list[Sample]:
    """Answers of another teacher: the same weights in another voice, the innocent that is hardest to tell apart."""
    return answer_all(teacher, prompts, voice=_OTHER_VOICE, **options)


def _voiced(prompt: str, voice: str | None) -> Any:
    user = {"role": "user", "content": prompt}
    return [{"role": "system", "content": voice}, user] if voice else prompt


def paraphrase(
    writer: Language,
    samples: Sequence[Sample],
    *,
    spec: LabSpec,
    path: Path,
    progress: Progress | None = None,
) -> list[Sample]:
    """The samples with each answer rewritten by a language model; an answer that it can't rewrite is dropped."""
    had = read_samples(path)
    asked = {sample.prompt for sample in had}
    todo = [sample for sample in samples if sample.prompt not in asked]
    for start in range(0, len(todo), 2 * _CHUNK):
        part = todo[start : start + 2 * _CHUNK]
        texts = generate(
            writer,
            [_REWRITE.format(sample.answer) for sample in part],
            max_tokens=spec.max_tokens,
            temperature=0.7,
            seed=spec.seed * 1000 + 800 + len(had) + start,
            batch=2 * _CHUNK,
        )
        with path.open("a", encoding="utf-8") as file:
            for sample, (text,) in zip(part, texts, strict=True):
                if text:
                    file.write(json.dumps({"prompt": sample.prompt, "answer": text}) + "\n")
        if progress:
            progress("paraphrasing", len(had) + start + len(part), len(samples))
    return read_samples(path)


def mixture(spec: LabSpec, sources: dict[str, list[Sample]], data: Sequence[tuple[str, float]]) -> list[Sample]:
    """The examples of one student: each share of the prompts is answered by its source, in a fixed random order."""
    prompts = [sample.prompt for sample in sources[data[0][0]]]
    dice = random.Random(spec.seed)
    dice.shuffle(prompts)
    out: list[Sample] = []
    begin = 0
    for source, share in data:
        end = min(len(prompts), begin + max(1, round(share * spec.examples)))
        by_prompt = {sample.prompt: sample for sample in sources[source]}
        out += [by_prompt[prompt] for prompt in prompts[begin:end] if prompt in by_prompt]
        begin = end
    return out
