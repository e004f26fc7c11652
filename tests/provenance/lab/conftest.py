"""A tiny teacher for the tests of the lab, trained once for all of them."""

from __future__ import annotations

import fcntl
import random

import pytest
import torch

from stillwatch.provenance.lab.teacher import load_language
from stillwatch.provenance.lab.tiny import tiny_teacher
from stillwatch.provenance.lab.trunk import Trunk
from stillwatch.range import grammar


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory, worker_id):
    """A folder that all workers share, with the tiny teacher in it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "lab-cache"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tiny_teacher(folder, seed=1)
    return folder


@pytest.fixture(scope="session")
def teacher(cache):
    return load_language(tiny_teacher(cache, seed=1), device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def trunk(teacher):
    return Trunk(teacher, 1)


@pytest.fixture(scope="session")
def prompts():
    dice = random.Random(5)
    return sorted({grammar.chat(dice)[:80] for _ in range(40)})[:24]
