"""The base install stays light, and says what to install for more."""

from __future__ import annotations

import subprocess
import sys

import pytest

EXTRAS = ("cryptography", "httpx", "rfc8785", "starlette", "tokenizers", "torch", "transformers", "uvicorn")


def call(words, *, without=EXTRAS):
    """The command in a Python that lacks these packages."""
    code = f"""
import sys
class Absent:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {without!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from stillwatch.cli import run
sys.exit(run({[str(word) for word in words]!r}))
"""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


@pytest.fixture
def key(tmp_path):
    done = call(["provenance", "keygen", tmp_path / "key"])
    assert done.returncode == 0, done.stderr
    return tmp_path / "key"


def test_help_and_keys_need_no_extra(key):
    done = call(["provenance", "--help"])
    assert done.returncode == 0 and "keygen" in done.stdout
    assert key.is_file()


@pytest.mark.parametrize("words", [["init"], ["proxy", "--upstream", "http://x"], ["status"]])
def test_what_needs_the_extra_says_so(key, tmp_path, words):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "store.json").write_text("{}")
    done = call(["provenance", words[0], "--evidence", tmp_path / "s", "--key", key, *words[1:]])
    if words[0] == "status":
        assert "damaged" in done.stderr  # the first thing that is wrong
    else:
        assert "pip install 'stillwatch[provenance]'" in done.stderr
    assert done.returncode == 2 and done.stderr.count("\n") == 1


def test_verifying_says_so_too(tmp_path):
    (tmp_path / "bundle.json").write_text("{}")
    done = call(["verify", tmp_path / "bundle.json"])
    assert done.returncode == 2
    assert "pip install 'stillwatch[provenance]'" in done.stderr


def test_the_program_itself_imports_none_of_them():
    code = f"import stillwatch.cli, stillwatch.provenance, sys; print([n for n in {EXTRAS!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
