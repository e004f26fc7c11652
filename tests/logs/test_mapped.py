"""Any flat log, through a mapping."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.errors import InputError, UsageError
from stillwatch.logs import open_logs

from .support import read, write_lines

MAPPING = """
name = "our gateway"
[fields]
exchange_id = "req"
time = { column = "ts", unit = "ms" }
account = ["customer", "key"]
model = { constant = "acme-large" }
prompt = { column = "request.messages", take = "last_user" }
system = { column = "request.messages", take = "system" }
turns = { column = "request.messages", take = "count" }
max_tokens = "request.params.max"
status = { column = "code", values = { "200" = "ok", "451" = "refused" }, otherwise = "error" }
"""
CHAT = [{"role": "system", "content": "S"}, {"role": "user", "content": "why?"}]
ROWS = [
    {"req": "1", "ts": 1777636800123, "customer": "c1", "key": "k1", "code": 200,
     "request": {"messages": CHAT, "params": {"max": 9}}},
    {"req": "2", "ts": 1777636801123, "customer": "", "key": "k2", "code": 451, "request": {"messages": CHAT}},
    {"req": "3", "ts": 1777636802123, "customer": None, "key": "k3", "code": 500, "request": {}},
]  # fmt: skip


def mapping(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    return path


def write(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"log.{kind}"
    if kind == "jsonl":
        return write_lines(path, ROWS)
    flat = [row | {"request": json.dumps(row["request"])} for row in ROWS]
    if kind == "csv":
        quoted = ['"' + row["request"].replace('"', '""') + '"' for row in flat]
        lines = [
            f"{r['req']};{r['ts']};{r['customer'] or ''};{r['key']};{r['code']};{q}"
            for r, q in zip(flat, quoted, strict=True)
        ]
        path.write_text("req;ts;customer;key;code;request\n" + "\n".join(lines) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist(ROWS if kind == "parquet" else flat), path)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_mapping_reads_every_container(tmp_path: Path, kind: str) -> None:
    table, stream = read(write(tmp_path, kind), mapping=mapping(tmp_path, MAPPING))
    assert (stream.format, stream.rejected) == ("mapped", {})
    assert table.column("time")[0].as_py() == datetime(2026, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)
    assert table.column("account").to_pylist() == ["c1", "k2", "k3"]
    assert table.column("model").to_pylist() == ["acme-large"] * 3
    assert table.column("prompt").to_pylist() == ["why?", "why?", None]
    assert table.column("turns").to_pylist() == [2, 2, None]
    assert table.column("max_tokens").to_pylist() == [9, None, None]
    assert table.column("status").to_pylist() == ["ok", "refused", "error"]


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ('{ column = "t", unit = "s" }', 1777636800.5, "2026-05-01T12:00:00.500000+00:00"),
        ('{ column = "t", unit = "us" }', 1777636800000001, "2026-05-01T12:00:00.000001+00:00"),
        ('{ column = "t", unit = "ns" }', 1777636800000001000, "2026-05-01T12:00:00.000001+00:00"),
        ('{ column = "t", format = "%d/%m/%Y %H:%M" }', "01/05/2026 12:00", "2026-05-01T12:00:00+00:00"),
        (
            '{ column = "t", format = "%d/%b/%Y:%H:%M:%S %z" }',
            "01/May/2026:14:00:00 +0200",
            "2026-05-01T12:00:00+00:00",
        ),
        ('"t"', "2026-05-01T12:00:00Z", "2026-05-01T12:00:00+00:00"),
    ],
)
def test_units_and_formats_of_time(tmp_path: Path, rule: str, value: object, expected: str) -> None:
    text = f'[fields]\ntime = {rule}\naccount = "a.b"\nmodel = {{ constant = "m" }}\n'
    log = write_lines(tmp_path / "x.jsonl", [{"t": value, "a": {"b": "x"}}])
    table, stream = read(log, mapping=mapping(tmp_path, text))
    assert stream.rejected == {}
    assert table.column("time")[0].as_py().isoformat() == expected


def test_a_time_that_does_not_fit_is_set_aside(tmp_path: Path) -> None:
    text = '[fields]\ntime = { column = "t", format = "%d/%m/%Y" }\naccount = "a"\nprompt = "p"\n'
    rows = [{"t": "01/05/2026", "a": "x", "p": "q"}, {"t": "May the first", "a": "x", "p": "q"}]
    _, stream = read(write_lines(tmp_path / "x.jsonl", rows), mapping=mapping(tmp_path, text))
    assert stream.rejected == {"wrong type": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fields", "is not valid TOML"),
        ("[columns]\na = 'b'", "field 'columns': a mapping has only"),
        ("name = 'x'", r"needs a table \[fields\]"),
        ("[fields]\nwho = 'x'", "field 'who': is no field of an exchange"),
        ("[fields]\ntime = 't'\naccount = 'a'", "field 'prompt': the mapping must say where prompt or model is"),
        ("[fields]\ntime = { column = 't', units = 's' }", "unknown key 'units'"),
        ("[fields]\ntime = { column = 't', unit = 'h' }", "unit is one of: s, ms, us, ns"),
        ("[fields]\nprompt = { column = 't', unit = 's' }", "unit and format are for time"),
        ("[fields]\ntime = { column = 't', format = '%Q' }", "'time': is no format of a time.*%Q"),
        ("[fields]\nprompt = { take = 'last_user' }", "needs column ="),
        ("[fields]\nprompt = { column = 'p', take = 'all' }", "take is one of"),
        ("[fields]\nstatus = { column = 'p', values = 3 }", "values is a table"),
        ("[fields]\nstatus = { column = 'p', otherwise = 'x' }", "otherwise goes with values"),
        ("[fields]\nmodel = { constant = [1] }", "a constant is a text"),
        ("[fields]\nmodel = { constant = 'a', column = 'b' }", "a constant stands alone"),
        ("[fields]\nmodel = 3", "a rule is a column name"),
    ],
)
def test_a_wrong_mapping_is_one_clear_error(tmp_path: Path, log: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        open_logs([log], mapping=mapping(tmp_path, text))
    assert "mapping.toml" in str(caught.value)


def test_a_mapping_that_does_not_fit_the_log_names_the_field(tmp_path: Path, log: Path) -> None:
    text = '[fields]\ntime = "time"\naccount = "customer"\nprompt = "prompt"\n'
    with pytest.raises(InputError, match=r"field 'account': format mapped finds nothing .*\(columns: account"):
        open_logs([log], mapping=mapping(tmp_path, text))


def test_mapping_and_format_do_not_go_together(tmp_path: Path, log: Path) -> None:
    with pytest.raises(UsageError, match="don't go together"):
        open_logs([log], mapping=tmp_path / "m.toml", format="canonical")
    with pytest.raises(UsageError, match="needs a mapping file"):
        open_logs([log], format="mapped")
    with pytest.raises(InputError, match="can't be opened"):
        open_logs([log], mapping=tmp_path / "none.toml")
