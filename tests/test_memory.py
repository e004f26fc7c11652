"""Memory while a scan runs: the usual state comes back, whatever happens meanwhile."""

from __future__ import annotations

import gc

import pyarrow as pa
import pytest

from stillwatch.memory import paused_collector, steady_arrow


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_the_collector_waits_and_is_as_it_was_afterwards(running: bool, fails: bool) -> None:
    before = gc.isenabled()
    (gc.enable if running else gc.disable)()
    try:
        try:
            with paused_collector(), paused_collector():
                assert not gc.isenabled()
                if fails:
                    raise KeyError
        except KeyError:
            pass
        assert gc.isenabled() == running
    finally:
        (gc.enable if before else gc.disable)()


def test_arrows_pool_is_the_usual_one_again() -> None:
    before = pa.default_memory_pool().backend_name
    with pytest.raises(KeyError), steady_arrow():
        raise KeyError
    assert pa.default_memory_pool().backend_name == before
