"""Whatever the blocks that a file of lines is read in, every line comes once, whole, and with its number."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.errors import InputError
from stillwatch.logs import lines
from stillwatch.logs.files import find_files
from stillwatch.logs.project import connect

OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=60), max_size=3), min_size=1, max_size=8)


def read(path: Path) -> list[tuple[int, str]]:
    """The number and the text of each line."""
    (file,) = find_files([path])
    found = []
    for batch in lines.read_json([(0, file)], connect(1)):
        texts = batch.table.column("line").to_pylist()
        found += [(int(row), text.rstrip("\r\n")) for row, text in zip(batch.rows, texts, strict=True)]
    return found


@given(
    objects=OBJECTS,
    block=st.integers(1, 90),
    mark=st.booleans(),
    packed=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    ended=st.booleans(),
)
def test_every_line_comes_once_and_whole(objects, block, mark, packed, end, ended):
    texts = [json.dumps(one, ensure_ascii=False) for one in objects]
    data = ("\ufeff" if mark else "") + end.join(texts) + (end if ended else "")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(lines, "_BLOCK", block)
        path = Path(folder) / ("log.jsonl.gz" if packed else "log.jsonl")
        path.write_bytes(gzip.compress(data.encode()) if packed else data.encode())
        assert read(path) == list(enumerate(texts, 1))


def test_a_line_of_many_blocks_is_one_and_one_beyond_all_bounds_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "log.jsonl"
    texts = [json.dumps({"prompt": letter * size}) for letter, size in (("a", 3), ("b", 70_000), ("c", 5))]
    path.write_text("\n".join(texts))
    monkeypatch.setattr(lines, "_BLOCK", 256)
    assert read(path) == list(enumerate(texts, 1))
    monkeypatch.setattr(lines, "MAX_LINE", 50_000)
    with pytest.raises(InputError, match=r"256 MB") as raised:
        read(path)
    assert raised.value.row == 2


def test_a_line_that_is_no_text_is_set_aside_as_it_stands(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"prompt": "a"}\n{"prompt": "\xff"}\n{"prompt": "b"}\n')
    (file,) = find_files([path])
    (batch,) = lines.read_json([(0, file)], connect(1))
    (fault,) = batch.faults
    assert (fault.row, fault.raw) == (2, '{"prompt": "\ufffd"}\n')
    assert batch.rows.tolist() == [1, 3]
