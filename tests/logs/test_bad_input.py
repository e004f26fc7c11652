"""Bad input: one clear error that says where, or the row is set aside and counted; never a silent drop."""

from __future__ import annotations

import gzip
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InputError, UsageError
from stillwatch.logs import open_logs

from .support import NOW, read, rejected, row, write_lines

GOOD = [row(0), row(1)]


def check_set_aside(tmp_path: Path, bad: Any, cause: str, field: str | None) -> dict[str, Any]:
    """The bad row, third of four, is set aside for the cause, and the others go on."""
    path = write_lines(tmp_path / "x.jsonl", [*GOOD, bad, row(9)])
    table, stream = read(path, rejects=tmp_path / "out" / "rejected.jsonl")
    assert table.column("exchange_id").to_pylist() == ["r0", "r1", "r9"]
    assert (stream.rows, stream.rejected) == (3, {cause: 1})
    (entry,) = rejected(tmp_path / "out" / "rejected.jsonl")
    assert (entry["file"], entry["row"], entry["cause"], entry["field"]) == (str(path), 3, cause, field)
    assert entry["detail"]
    return entry


@pytest.mark.parametrize(
    ("bad", "cause", "field"),
    [
        (row(2, account=None), "missing field", "account"),
        (row(2, account=""), "missing field", "account"),
        (row(2, time=None), "missing field", "time"),
        (row(2, prompt=None, model=None), "missing field", "prompt"),
        (row(2, account={"id": 3}), "wrong type", "account"),
        (row(2, prompt=["a", "b"]), "wrong type", "prompt"),
        (row(2, input_tokens="many"), "wrong type", "input_tokens"),
        (row(2, input_tokens=1.5), "wrong type", "input_tokens"),
        (row(2, input_tokens=10**30), "wrong type", "input_tokens"),
        (row(2, turns=2**40), "wrong type", "turns"),
        (row(2, logprobs="perhaps"), "wrong type", "logprobs"),
        (row(2, time="yesterday"), "wrong type", "time"),
        (row(2, time={"s": 1}), "wrong type", "time"),
        (row(2, input_tokens=float("nan")), "not a number", "input_tokens"),
        (row(2, temperature=float("inf")), "not a number", "temperature"),
        (row(2, input_tokens=-1), "negative value", "input_tokens"),
        (row(2, temperature=-0.5), "negative value", "temperature"),
        (row(2, time=0), "time out of range", "time"),
        (row(2, time="1970-01-01T00:00:00Z"), "time out of range", "time"),
        (row(2, time=(NOW + timedelta(days=3)).isoformat()), "time out of range", "time"),
        (row(2, time="9999-12-31T23:59:59Z"), "time out of range", "time"),
        (row(2, exchange_id="r1"), "duplicate exchange id", "exchange_id"),
        ('{"time": "2026-05-01', "broken line", None),
        ("not json at all", "broken line", None),
        ("[1, 2]", "broken line", None),
        ("17", "broken line", None),
        ('{"account": "a", "prompt": "\\ud800"}', "broken line", None),
    ],
)
def test_a_bad_row_is_set_aside(tmp_path: Path, bad: Any, cause: str, field: str | None) -> None:
    entry = check_set_aside(tmp_path, bad, cause, field)
    assert entry["raw"] == (bad if isinstance(bad, str) else json.dumps(bad))[:500]


def test_a_row_with_two_faults_is_counted_once(tmp_path: Path) -> None:
    check_set_aside(tmp_path, row(2, time=0, account=None, input_tokens=-4), "negative value", "input_tokens")


def test_the_beginning_of_a_row_is_kept(tmp_path: Path) -> None:
    entry = check_set_aside(tmp_path, row(2, input_tokens=-4, prompt="x" * 9000), "negative value", "input_tokens")
    assert len(entry["raw"]) == 500


def test_no_limit_on_tokens_is_read_as_none(tmp_path: Path) -> None:
    table, stream = read(write_lines(tmp_path / "x.jsonl", [row(0, max_tokens=-1), row(1, max_tokens=5)]))
    assert table.column("max_tokens").to_pylist() == [None, 5]
    assert stream.rejected == {}


def test_an_undecodable_line_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(
        json.dumps(row(0)).encode() + b"\n" + b'{"account": "caf\xe9"}\n' + json.dumps(row(1)).encode() + b"\r\n\r\n"
    )
    table, stream = read(path, rejects=tmp_path / "rejected.jsonl")
    assert table.num_rows == 2
    assert stream.rejected == {"unreadable encoding": 1}
    assert rejected(tmp_path / "rejected.jsonl")[0]["row"] == 2


def test_csv_faults_are_set_aside_with_their_record(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(
        b"time,account,prompt,input_tokens\n"
        b'2026-05-01T12:00:00Z,a,"two\nlines",1\n'
        b"2026-05-01T12:00:01Z,a,too,many,fields\n"
        b"2026-05-01T12:00:02Z,a,caf\xe9,1\n"
        b"2026-05-01T12:00:03Z,a,good,\n"
        b"2026-05-01T12:00:04Z,a,word,many\n"
        b"few\n"
    )
    table, stream = read(path, rejects=tmp_path / "rejected.jsonl")
    assert table.column("prompt").to_pylist() == ["two\nlines", "good"]
    assert table.column("exchange_id").to_pylist() == ["x.csv:1", "x.csv:4"]
    found = {entry["row"]: entry["cause"] for entry in rejected(tmp_path / "rejected.jsonl")}
    assert found == {2: "broken line", 3: "unreadable encoding", 5: "wrong type", 6: "broken line"}
    assert stream.rejected == {"broken line": 2, "unreadable encoding": 1, "wrong type": 1}


def test_a_csv_with_long_records_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [f"2026-05-01T12:00:0{i}Z,a{i},{'x' * (20_000_000 if i == 2 else 5)}\n" for i in range(4)]
    path.write_text("time,account,prompt\n" + "".join(rows))
    table, stream = read(path)
    assert table.column("account").to_pylist() == ["a0", "a1", "a2", "a3"]
    assert stream.rejected == {}


def test_parquet_faults_are_set_aside(tmp_path: Path) -> None:
    good = datetime(2026, 5, 1, tzinfo=UTC)
    table = pa.table(
        {
            "exchange_id": ["a", "b", "a", "d", "e"],
            "time": pa.array([good, None, good, datetime(1970, 1, 1, tzinfo=UTC), good], pa.timestamp("us", "UTC")),
            "account": ["x"] * 5,
            "model": ["m"] * 5,
            "output_tokens": [1.0, 2.0, 3.0, 4.0, float("nan")],
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    found, stream = read(tmp_path / "x.parquet", rejects=tmp_path / "rejected.jsonl")
    assert found.column("exchange_id").to_pylist() == ["a"]
    assert [(e["row"], e["cause"]) for e in rejected(tmp_path / "rejected.jsonl")] == [
        (2, "missing field"),
        (3, "duplicate exchange id"),
        (4, "time out of range"),
        (5, "not a number"),
    ]
    assert sum(stream.rejected.values()) == 4


def test_duplicates_are_found_across_files(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [row(0), row(1)])
    write_lines(tmp_path / "b.jsonl.gz", [row(1), row(2)])
    table, stream = read(tmp_path, columns=frozenset({"account"}), rejects=tmp_path / "rejected.out")
    assert table.num_rows == 3
    assert stream.rejected == {"duplicate exchange id": 1}
    assert rejected(tmp_path / "rejected.out")[0]["file"].endswith("b.jsonl.gz")


def test_a_prompt_of_50_mb_is_cut_and_noted(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [row(0), row(1, prompt="x" * 50_000_000), row(2)])
    table, stream = read(path)
    assert [len(prompt) for prompt in table.column("prompt").to_pylist()] == [10, 1_000_000, 10]
    assert stream.notes == ("texts of more than 1,000,000 characters were cut there: 1 of them",)


def test_nul_bytes_in_text_are_kept(tmp_path: Path) -> None:
    table, stream = read(write_lines(tmp_path / "x.jsonl", [row(0, prompt="a\0b"), row(1, account="\0")]))
    assert table.column("prompt").to_pylist() == ["a\0b", "question 1"]
    assert stream.rejected == {}


def test_a_truncated_gzip_names_the_file(tmp_path: Path) -> None:
    data = gzip.compress("".join(json.dumps(row(i)) + "\n" for i in range(20_000)).encode())
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"x\.jsonl\.gz: gzip data is truncated or damaged"):
        read(path)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.jsonl", b"", "the file is empty"),
        ("x.jsonl.gz", gzip.compress(b"", mtime=0), "the file is empty"),
        ("x.parquet", b"", "the file is empty"),
        ("x.parquet", b"time,account\n", "is not a Parquet file"),
        ("x.parquet", b"PAR1 and then rubbish", "is not a readable Parquet file"),
        ("x.jsonl.gz", b"{}\n", "is not compressed that way"),
        ("x.jsonl", json.dumps(row(0)).encode("utf-16"), "unreadable encoding, it looks like UTF-16"),
        ("x.csv", "time,account".encode("utf-16-le"), "unreadable encoding"),
        ("x.jsonl", b"rubbish\nand more\n", "none of its first rows can be read"),
        ("x.json", b'[{"time": 1777636800, "account": "a", "prompt": "p"}', "is not valid JSON"),
        ("x.json", b'{\n"time": 1777636800, "account": "a", "prompt": "p"\n}\n{\n "a"', "is not valid JSON"),
        ("x.csv", b"time,account,time\n", "names this column twice"),
        (
            "x.csv",
            b"time,question\n1,2\n",
            r"field 'account': the required column is missing \(columns: question, time",
        ),
        ("x.csv", b"when,who,what\n1,2,3\n", r"unknown log format \(columns: what, when, who\); use --mapping"),
        ("x.txt", b"hello", "can't tell what this file holds"),
    ],
)
def test_a_file_that_is_no_log_is_one_clear_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_paths_without_logs_are_errors(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "none.jsonl", "no such file or directory"),
        (tmp_path, "no logs in this directory"),
        (tmp_path / "*.jsonl", "no file matches"),
    ]:
        with pytest.raises(InputError, match=message):
            open_logs([path])
    with pytest.raises(InputError, match="no log was given"):
        open_logs([])


def test_an_empty_file_among_others_is_noted(tmp_path: Path) -> None:
    write_lines(tmp_path / "b.jsonl", [row(0)])
    write(tmp_path / "a.jsonl", b"")
    table, stream = read(tmp_path)
    assert table.num_rows == 1
    assert stream.notes == (f"{tmp_path / 'a.jsonl'} is empty",)


def test_formats_are_not_mixed(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [row(0)])
    other = {"request_id": "1", "api_key": "k", "startTime": "2026-05-01", "call_type": "completion"}
    write_lines(tmp_path / "b.jsonl", [other])
    with pytest.raises(InputError, match=r"b\.jsonl: is in format litellm-spend, but .*a\.jsonl is in canonical"):
        read(tmp_path)


def test_a_clean_log_leaves_no_file_of_rejects(log: Path, tmp_path: Path) -> None:
    target = write(tmp_path / "rejected.jsonl", b"of an earlier scan")
    read(log, rejects=target)
    assert not target.exists()


def test_bytes_that_are_no_text_in_parquet_are_set_aside(tmp_path: Path) -> None:
    offsets, data = pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0"), pa.py_buffer(b"ok\xff\xfe")
    prompts = pa.StringArray.from_buffers(2, offsets, data)
    for name, column in [("text", prompts), ("bytes", prompts.view(pa.binary()))]:
        table = pa.table({"time": [1777636800] * 2, "account": ["a", "b"], "prompt": column})
        pq.write_table(table, tmp_path / f"{name}.parquet")
        found, stream = read(tmp_path / f"{name}.parquet")
        assert found.column("prompt").to_pylist() == ["ok"]
        assert stream.rejected == {"unreadable encoding": 1}


def test_elements_of_an_array_that_are_no_objects_are_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", json.dumps([row(0), 3, None, row(1)]).encode())
    table, stream = read(path)
    assert table.num_rows == 2
    assert stream.rejected == {"broken line": 2}


def test_a_bottomless_line_is_set_aside(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [row(0), '{"account": ' + "[" * 100_000])
    _, stream = read(path)
    assert stream.rejected == {"broken line": 1}


def test_a_log_without_one_exchange_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the log has no rows"):
        read(write(tmp_path / "x.csv", b"time,account,prompt\n"))
    path = write_lines(tmp_path / "x.jsonl", [row(0, time=0), row(1, time=0)])
    with pytest.raises(InputError, match=r"all were set aside .time out of range: 2.; .*; the rows are in .*rejected"):
        read(path, rejects=tmp_path / "rejected.jsonl")


def test_the_first_row_set_aside_is_said_and_how_to_convert(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [row(0, time="soon"), row(1, time="later")])
    with pytest.raises(InputError, match="row 1, field 'time': a time was expected"):
        read(path)
    (path := tmp_path / "x.csv").write_bytes("time,account,prompt\n2026-05-01T00:00:00Z,a,caf\xe9\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"field 'prompt': not UTF-8; .*iconv"):
        read(path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_name_that_is_not_utf8_is_read_and_shown(kind: str, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9." + kind.encode()))
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist([row(0), row(1)]), tmp_path / "x.parquet")
        (tmp_path / "x.parquet").rename(path)
    elif kind == "csv":
        path.write_bytes(b"time,account,prompt\n2026-05-01T00:00:00Z,a,hi\n2026-05-01T00:00:00Z,b,hi\n")
    else:
        write_lines(path, [row(0), row(1)])
    rows, stream = read(path)
    assert len(rows) == 2
    assert stream.files == (f"{tmp_path}/caf\\xe9.{kind}",)
    with pytest.raises(InputError, match=r"caf\\xea.jsonl: no such file"):
        read(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xea.jsonl")))


def test_a_folder_that_may_not_be_read_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    write_lines(tmp_path / "x.jsonl", GOOD)
    assert len(read(tmp_path)[0]) == 2
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(InputError, match="closed: can't be opened: Permission denied"):
        read(tmp_path)


def test_an_answer_is_not_taken_for_a_log(tmp_path: Path) -> None:
    (tmp_path / "scan.json").write_text("{}")
    pq.write_table(pa.table({"account": ["a"]}), tmp_path / "accounts.parquet")
    with pytest.raises(InputError, match="is an answer of a scan"):
        read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_and_an_address_are_called_what_they_are(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe or device"):
        read(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"no file of this machine.*--engine spark"):
        open_logs(["s3://bucket/log.parquet"])


def test_a_quote_that_is_never_closed_does_not_swallow_rows_unseen(tmp_path: Path) -> None:
    rows = [f"2026-05-01T12:00:0{i}Z,a{i},p{i}\n" for i in range(4)]
    rows[2] = rows[2].replace("p2", '"p2')
    path = write(tmp_path / "x.csv", ("time,account,prompt\n" + "".join(rows)).encode())
    table, stream = read(path, rejects=tmp_path / "rejected.jsonl")
    assert table.column("account").to_pylist() == ["a0", "a1"]
    assert stream.rejected == {"broken line": 1}
    assert "never closed" in rejected(tmp_path / "rejected.jsonl")[0]["detail"]


def test_an_earlier_answer_in_the_folder_is_not_a_log(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [row(0)])
    answer = tmp_path / "answer"
    answer.mkdir()
    write(answer / "scan.json", b"{}")
    write(answer / "rejected.jsonl", b"{}\n")
    table, _ = read(tmp_path, rejects=answer / "rejected.jsonl")
    assert table.num_rows == 1
    with pytest.raises(UsageError, match="is one of the logs"):
        open_logs([tmp_path / "a.jsonl"], rejects=tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").exists()
