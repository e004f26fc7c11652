"""Saved baselines: what is in the file, what isn't, and that scanning with it is scanning with its logs."""

from __future__ import annotations

import json
import random

import numpy as np
import pyarrow.parquet as pq
import pytest

import stillwatch
from stillwatch.errors import InputError, UsageError
from stillwatch.operate.baseline import KEY, build_baseline, is_baseline, read_baseline, read_facts
from stillwatch.signals.registry import named

from .. import small_logs
from .conftest import write_log

SECRET = "zanzibar quetzal"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    rows = small_logs.people(random.Random(31), 250, "q")
    rows += small_logs.exchanges(
        "q-secret", [f"tell me of the {SECRET} number {n}" for n in range(5)], random.Random(1)
    )
    folder = tmp_path_factory.mktemp("earlier")
    names = sorted({row["account"] for row in rows})
    table = [{"account": name, "payment": f"tok-{name}", "email_domain": "mail.example"} for name in names]
    pq.write_table(small_logs.account_table(table), folder / "accounts.parquet")
    return write_log(rows, folder / "earlier.parquet")


@pytest.fixture(scope="module")
def saved(earlier, tmp_path_factory):
    out = tmp_path_factory.mktemp("saved") / "deep" / "earlier.baseline"
    build_baseline([earlier], out, accounts=earlier.parent / "accounts.parquet")
    return out


def test_a_saved_baseline_says_what_it_is(saved, earlier):
    facts = read_facts(saved)
    assert facts["accounts"] == 251 and facts["excluded"] == 0 and not facts["texts"]
    assert facts["format"] == "canonical" and facts["logs"] == [str(earlier)]
    assert facts["period"]["first"] < facts["period"]["last"] and facts["created"]
    assert facts["exchanges"] == pq.read_metadata(earlier).num_rows
    assert facts["account_columns"] == ["payment", "email_domain"]
    assert {"version", "layout", "created"} <= facts.keys()


def test_no_text_and_no_token_is_in_the_file_unless_asked_for(saved, earlier, tmp_path):
    build_baseline([earlier], tmp_path / "with.baseline", texts=True)
    found = {}
    for name, path in (("without", saved), ("with", tmp_path / "with.baseline")):
        pq.write_table(pq.read_table(path), tmp_path / "plain.parquet", compression="none", use_dictionary=False)
        found[name] = (tmp_path / "plain.parquet").read_bytes()
    assert SECRET.encode() in found["with"]
    assert SECRET.encode() not in found["without"]
    assert b"tok-q" not in found["without"] and b"mail.example" not in found["without"]


def test_a_scan_with_the_file_is_a_scan_with_its_logs(scanned, saved, earlier):
    logs = scanned.scan(baseline=earlier)
    # Logs take the account table of the scan, a file its own: the same accounts have no payment in either.
    bare = saved.parent / "bare.baseline"
    build_baseline([earlier], bare)
    file = scanned.scan(baseline=bare)
    assert file.accounts.equals(logs.accounts) and file.campaigns == logs.campaigns
    assert file.facts["baseline"]["drift"] == logs.facts["baseline"]["drift"]
    assert (file.facts["baseline"]["kind"], logs.facts["baseline"]["kind"]) == ("a saved baseline", "earlier traffic")
    assert file.facts["baseline"]["file"] == read_facts(bare)
    assert scanned.scan(baseline=saved).campaigns


def test_the_signal_of_texts_outlives_them(saved, earlier):
    population = read_baseline(saved).population
    logs = small_logs.population(pq.read_table(earlier).to_pylist())
    assert population.texts.num_rows == 0
    assert population.profiles.names == logs.profiles.names
    for name in ("elicitation", "technique_cues", "self_similarity", "follow_ups"):
        signal = named(name)
        np.testing.assert_array_equal(signal.values(population), signal.values(logs), name)


def test_a_files_own_account_columns_are_read(saved):
    population = read_baseline(saved).population
    assert (population.payment >= 0).all() and len(set(population.payment.tolist())) == 251
    assert len(set(population.email_domain.tolist())) == 1
    assert "account.payment" in population.columns and "account.plan" not in population.columns


def test_known_campaigns_do_not_teach_it(scanned, tmp_path):
    out = tmp_path / "clean.baseline"
    facts = build_baseline([scanned.log], out, without=[scanned.answer])
    names = set(pq.read_table(out)["account"].to_pylist())
    assert not names & set(scanned.members)
    assert facts["excluded"] == len(scanned.members) and facts["accounts"] == 360 - len(scanned.members)


@pytest.mark.parametrize("what", ["nowhere", "log", "text", "folder"])
def test_what_is_no_baseline_is_named(scanned, tmp_path, what):
    path = {"nowhere": tmp_path / "none", "log": scanned.log, "folder": tmp_path, "text": tmp_path / "t.baseline"}[what]
    (tmp_path / "t.baseline").write_text("PAR1 not really", encoding="utf-8")
    assert not is_baseline(path)
    with pytest.raises(InputError, match=r"is no saved baseline|is no file"):
        read_facts(path)


def test_a_file_of_another_layout_is_one_clear_error(scanned, saved, tmp_path):
    table = pq.read_table(saved)
    facts = read_facts(saved) | {"layout": "0123456789ab", "version": "9.9"}
    other = tmp_path / "other.baseline"
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(facts)}), other)
    with pytest.raises(InputError, match=r"Stillwatch 9\.9 .*0123456789ab.*build the baseline again"):
        scanned.scan(baseline=other)


def test_a_baseline_beside_other_files_is_refused(scanned, saved):
    with pytest.raises(UsageError, match="give it alone"):
        stillwatch.scan(scanned.log, baseline=[saved, scanned.log])


def test_an_answer_that_is_none_and_a_baseline_of_nobody_are_refused(scanned, tmp_path):
    with pytest.raises(InputError, match="is no answer of a scan"):
        build_baseline([scanned.log], tmp_path / "b", without=[tmp_path])
    log = write_log([row for row in scanned.rows if row["account"] in scanned.members], tmp_path / "log.parquet")
    with pytest.raises(UsageError, match="no account is left"):
        build_baseline([log], tmp_path / "b", without=[scanned.answer])
    assert not (tmp_path / "b").exists()


def test_a_changed_product_is_told_of_by_the_scan(scanned, saved, tmp_path):
    rows = [row | {"turns": 9, "output_tokens": 5000} for row in small_logs.people(random.Random(8), 300)]
    log = write_log(rows, tmp_path / "today.parquet")
    result = stillwatch.scan(log, baseline=saved, out=tmp_path / "answer")
    drift = result.facts["baseline"]["drift"]
    assert drift["warning"] and "stillwatch baseline build" in drift["advice"]
    assert {"follow_ups", "tokens_made"} <= {s["signal"] for s in drift["signals"] if s["moved"]}
    page = (tmp_path / "answer" / "report.html").read_text(encoding="utf-8")
    assert "no longer look like the baseline" in page and "follow_ups is higher" in page
    assert not scanned.scan(baseline=saved).facts["baseline"]["drift"]["warning"]


def test_a_place_that_takes_no_file_is_said_before_the_log_is_read(tmp_path):
    (tmp_path / "taken").write_text("a file")
    missing = tmp_path / "missing.parquet"
    with pytest.raises(UsageError, match="no folder can be made there"):
        build_baseline([missing], tmp_path / "taken" / "october.baseline")
    with pytest.raises(UsageError, match="is a folder"):
        build_baseline([missing], tmp_path)
