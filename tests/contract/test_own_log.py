"""A log of one's own, with other column names and as gzipped CSV, gives the finding of the canonical log."""

from __future__ import annotations

import gzip
import io

import pyarrow.csv as pacsv
import pyarrow.parquet as pq

import stillwatch

MINE = {
    "exchange_id": "request_id",
    "time": "ts",
    "account": "customer_key",
    "organization": "customer",
    "model": "deployment",
    "system": "system_text",
    "prompt": "question",
    "ip": "remote_addr",
    "user_agent": "ua",
    "tls_fingerprint": "ja4",
    "input_tokens": "tokens_in",
    "output_tokens": "tokens_out",
}


def test_a_mapped_csv_finds_what_the_canonical_log_has(answer, tmp_path):
    own = pq.read_table(answer.log).select(list(MINE)).rename_columns(list(MINE.values()))
    text = io.BytesIO()
    pacsv.write_csv(own, text)
    log = tmp_path / "export.csv.gz"
    log.write_bytes(gzip.compress(text.getvalue(), 1))
    mapping = tmp_path / "columns.toml"
    mapping.write_text("[fields]\n" + "".join(f'{field} = "{column}"\n' for field, column in MINE.items()))

    canonical = tmp_path / "canonical.parquet"
    pq.write_table(pq.read_table(answer.log).select(list(MINE)), canonical)
    expected = stillwatch.scan(canonical, accounts=answer.accounts)
    found = stillwatch.scan(log, accounts=answer.accounts, mapping=mapping)
    columns = ["account", "exchanges", "flagged", "campaign"]
    assert found.accounts.select(columns).to_pylist() == expected.accounts.select(columns).to_pylist()
    assert [c.members for c in found.campaigns] == [c.members for c in expected.campaigns]


def test_a_log_of_three_columns_is_scanned_and_the_gaps_are_said(answer, tmp_path):
    log = tmp_path / "bare.parquet"
    pq.write_table(pq.read_table(answer.log).select(["time", "account", "model"]), log)
    result = stillwatch.scan(log, out=tmp_path / "answer")
    assert result.accounts.num_rows == answer.result.accounts.num_rows
    assert (tmp_path / "answer" / "report.html").exists()
    for campaign in result.campaigns:
        content = next(channel for channel in campaign.evidence if channel.channel == "content")
        assert (content.role, content.p_value) == ("not computable", None)
