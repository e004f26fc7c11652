"""The modes of a scan: what is kept of prompts, and what is read of them at all."""

from __future__ import annotations

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.errors import UsageError

from . import small_logs

PLANTED = 48


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Three hundred people and a campaign whose cards cross with its batches of sign-ups and its machines."""
    folder = tmp_path_factory.mktemp("modes")
    rng = random.Random(12)
    rows = small_logs.people(random.Random(11), 300)
    machines = [f"203.0.{number}.9" for number in range(12)]
    for number, prompts in enumerate(small_logs.queue(rng, PLANTED, 20)):
        rows += small_logs.campaign(rng, [prompts], f"c{number:02d}-", rng.choice(machines))
    rows = [row | {"exchange_id": f"x{number}", "system": "Be brief, Quill."} for number, row in enumerate(rows)]
    names = sorted({row["account"] for row in rows})
    dealt = iter(rng.sample([f"stolen-{number % 6}" for number in range(PLANTED)], PLANTED))
    # The first people have an agency for every five of them: payers that a campaign's can be compared with.
    cards = [next(dealt) if name.startswith("c") else f"agency-{n // 5}" for n, name in enumerate(names)]
    cards = [card if n < 150 else f"card-{name}" for n, (card, name) in enumerate(zip(cards, names, strict=True))]
    accounts = [{"account": name, "payment": card} for name, card in zip(names, cards, strict=True)]
    pq.write_table(pa.Table.from_batches([small_logs.batch(rows)]), folder / "log.parquet")
    pq.write_table(small_logs.account_table(accounts), folder / "accounts.parquet")
    (folder / "key").write_bytes(bytes(range(32)))
    return folder, {row["prompt"] for row in rows}


def scan(folder, out, **options):
    return stillwatch.scan(folder / "log.parquet", accounts=folder / "accounts.parquet", out=out, **options)


def planted(result) -> int:
    return sum(name.startswith("c") for campaign in result.campaigns for name in campaign.members)


def test_sketches_find_the_campaign_and_keep_no_text(logs, tmp_path):
    folder, prompts = logs
    result = scan(folder, tmp_path, mode="sketches", key=folder / "key")
    assert planted(result) >= 0.9 * PLANTED and len(result.campaigns) == 1
    written = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    written += repr(pq.read_table(tmp_path / "campaigns.parquet").to_pylist()).encode()
    words = ("full reasoning behind each step", "Below is a task", "Quill", "203.0.")
    assert not any(word.encode() in written for word in words)
    assert not any(prompt.encode() in written for prompt in prompts)
    (family, *_) = result.campaigns[0].families
    assert family.accounts > 0 and family.cues and family.examples == () and family.frame == ""
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert family.cues[0] in page and "no text was kept" in page
    full = scan(folder, tmp_path / "full")
    assert any(family.examples for family in full.campaigns[0].families)  # which is what the others leave out


def test_a_key_makes_the_answer_repeatable(logs, tmp_path):
    folder, _ = logs
    one, other = (scan(folder, tmp_path / name, mode="sketches", key=folder / "key") for name in ("one", "other"))
    assert one.accounts.equals(other.accounts) and one.campaigns == other.campaigns


def test_metadata_finds_it_by_what_payers_share(logs, tmp_path):
    folder, _ = logs
    result = scan(folder, tmp_path, mode="metadata")
    assert planted(result) >= 0.8 * PLANTED
    assert sum(len(campaign.members) for campaign in result.campaigns) == planted(result)
    (campaign, *_) = result.campaigns
    evidence = {each.channel: each.role for each in campaign.evidence}
    assert evidence["content"] == "not computable" and evidence["infrastructure"] == "linked"
    assert campaign.techniques == () and campaign.families == () and campaign.share == (1.0, 1.0, 1.0)
    assert any(each.name == "separate payers" for each in campaign.alternatives)
    facts = json.loads((tmp_path / "scan.json").read_text(encoding="utf-8"))
    assert facts["settings"]["mode"] == "metadata" and "prompt" not in facts["columns"]
    assert any("were not read" in note for note in facts["notes"])
    assert "were not read" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_metadata_does_not_read_what_was_asked(logs, tmp_path):
    """The answer is the same whatever stands in these columns, and whether they are there at all."""
    folder, _ = logs
    table = pq.read_table(folder / "log.parquet")
    rows = table.num_rows
    without = table.drop_columns(["prompt", "system"])
    broken = without.append_column("prompt", pa.array(range(rows))).append_column("system", pa.array([b"\xff"] * rows))
    answers = [scan(folder, tmp_path / "given", mode="metadata").accounts]
    for name, log in (("without", without), ("broken", broken)):
        pq.write_table(log, tmp_path / f"{name}.parquet")
        found = stillwatch.scan(
            tmp_path / f"{name}.parquet", accounts=folder / "accounts.parquet", mode="metadata", out=tmp_path / name
        )
        answers.append(found.accounts)
    assert answers[0].equals(answers[1]) and answers[0].equals(answers[2])


@pytest.mark.parametrize("text", [None, "", "[REDACTED]"])
def test_a_log_whose_prompts_say_nothing_is_scanned_by_the_rest(logs, tmp_path, text):
    folder, _ = logs
    table = pq.read_table(folder / "log.parquet")
    place = table.column_names.index("prompt")
    said = pa.array([text] * table.num_rows, pa.string())
    pq.write_table(table.set_column(place, "prompt", said), tmp_path / "log.parquet")
    found = stillwatch.scan(tmp_path / "log.parquet", accounts=folder / "accounts.parquet", out=tmp_path / "out")
    assert planted(found) >= 0.8 * PLANTED
    assert sum(len(campaign.members) for campaign in found.campaigns) == planted(found)
    notes = json.loads((tmp_path / "out" / "scan.json").read_text(encoding="utf-8"))["notes"]
    assert any("no prompt says anything" in note for note in notes)


@pytest.mark.parametrize("mode", ["sketches", "metadata"])
def test_rejected_rows_are_counted_and_not_kept(mode, tmp_path):
    good = [json.dumps({"time": f"2026-05-04T00:00:{n:02d}Z", "account": f"a{n}", "prompt": "hi"}) for n in range(9)]
    bad = json.dumps({"time": "never", "account": "x", "prompt": "a secret plan"})
    (tmp_path / "log.jsonl").write_text("\n".join([*good, bad]) + "\n", encoding="utf-8")
    result = stillwatch.scan(tmp_path / "log.jsonl", mode=mode, out=tmp_path / "answer")
    assert result.facts["counts"]["rejected"] == 1  # type: ignore[index]
    assert not any(b"secret plan" in path.read_bytes() for path in (tmp_path / "answer").iterdir())


@pytest.mark.parametrize(
    ("options", "said"), [({"mode": "blind"}, "no mode called blind"), ({"key": "key"}, "for the mode sketches")]
)
def test_options_that_do_not_fit(options, said, tmp_path):
    with pytest.raises(UsageError, match=said):
        stillwatch.scan(tmp_path / "log.parquet", **options)
