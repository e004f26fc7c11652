from __future__ import annotations

import numpy as np
import pytest

from stillwatch.errors import UsageError
from stillwatch.provenance.marks.device import DeviceTables
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.positions import MarkKeys, TableStack, group_positions
from stillwatch.provenance.marks.settings import MarkSettings

torch = pytest.importorskip("torch")
VOCABULARY = 400
SCHEMES = ("greenlist", "fingerprint", "gumbel")
GROUPS = ["a", "", "b", "a"] * 10


def contexts_of(rows, width):
    return np.random.default_rng(1).integers(0, VOCABULARY, (rows, width))


def greens(keys, settings, contexts, groups):
    """bool[rows, vocabulary] by the definition: the layer's key, and None where no key acts."""
    grouped = group_positions(contexts, router=keys.router(), settings=settings)
    out = []
    for context, group, on_group in zip(contexts, groups, grouped, strict=True):
        if on_group and not group:
            out.append(None)
            continue
        key = keys.group(group) if on_group else keys.provider()
        drawn = key.draws(np.tile(context, (VOCABULARY, 1)), np.arange(VOCABULARY))
        out.append(drawn >= settings.levels.cuts[0])
    return out


@pytest.mark.parametrize("width", [1, 2])
def test_a_green_list_raises_the_green_tokens_of_the_layers_key(keys, logits, width):
    settings = MarkSettings(scheme="greenlist", context_width=width, strength=2.0)
    marker, contexts = Marker(keys, settings, vocabulary=VOCABULARY), contexts_of(40, width)
    before = logits.clone()
    marker.apply(logits, contexts, marker.slots(GROUPS))
    for row, green in enumerate(greens(keys, settings, contexts, GROUPS)):
        added = (logits[row] - before[row]).nan_to_num(0.0)
        wanted = np.zeros(420, np.float32) if green is None else np.pad(2.0 * green, (0, 20))
        wanted[7] = 0
        assert np.allclose(added, wanted, atol=1e-5)


def test_a_fingerprint_moves_logits_by_the_proxys_weight(keys, logits):
    settings = MarkSettings(scheme="fingerprint", strength=24.0)
    marker, contexts = Marker(keys, settings, vocabulary=VOCABULARY), contexts_of(40, 1)
    before = logits.clone()
    marker.apply(logits, contexts, marker.slots(GROUPS))
    q = torch.softmax(before[:, :VOCABULARY], -1).numpy()
    for row, green in enumerate(greens(keys, settings, contexts, GROUPS)):
        added = (logits[row] - before[row]).nan_to_num(0.0)[:VOCABULARY].numpy()
        wanted = np.zeros(VOCABULARY) if green is None else 24.0 * q[row] * (green - (q[row] * green).sum())
        assert np.allclose(added, wanted, atol=1e-4)
        assert added.sum() == pytest.approx(24 * (q[row] * (wanted / 24 / np.maximum(q[row], 1e-30))).sum(), abs=1e-3)


def test_gumbel_noise_leaves_the_distribution_as_it_is_over_keys(logits):
    settings = MarkSettings(scheme="gumbel", group_share=0.0)
    row = logits[:1, :8].clone()
    chances = torch.softmax(row / 0.7, -1)[0].numpy()
    counts = np.zeros(8)
    from stillwatch.provenance.keys import MasterKey

    for i in range(600):
        marker = Marker(MarkKeys.of(MasterKey(bytes(31) + bytes([i % 256])).epoch(str(i))), settings, vocabulary=8)
        out = marker.apply(row.clone(), np.array([[3]]), np.array([0]), sampling=[Sampling(temperature=0.7)])
        assert (out > -torch.inf).sum() == 1
        counts[int(out.argmax())] += 1
    assert np.abs(counts / 600 - chances).max() < 4.5 * 0.5 / 600**0.5


def test_gumbel_marks_respect_the_sampler_and_vanish_at_temperature_0(keys, logits):
    settings = MarkSettings(scheme="gumbel", group_share=0.0)
    marker, contexts = Marker(keys, settings, vocabulary=VOCABULARY), contexts_of(40, 1)
    top5 = logits[:, :VOCABULARY].topk(5).indices
    out = marker.apply(logits.clone(), contexts, np.zeros(40, np.int64), sampling=[Sampling(top_k=5)] * 40)
    assert all(int(out[row].argmax()) in top5[row].tolist() for row in range(40))
    out = marker.apply(logits.clone(), contexts, np.zeros(40, np.int64), sampling=[Sampling(top_p=1e-6)] * 40)
    assert (out.argmax(1) == logits[:, :VOCABULARY].argmax(1)).all()
    cold = [Sampling(temperature=0.0)] * 40
    assert torch.equal(marker.apply(logits.clone(), contexts, np.zeros(40, np.int64), sampling=cold), logits)
    again = np.arange(40) % 2 == 0
    out = marker.apply(logits.clone(), contexts, np.zeros(40, np.int64), repeated=again)
    assert ((out == logits).all(1).numpy() == again).all()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1, 2])
def test_the_device_computes_what_the_kernels_do(keys, logits, scheme, width):
    settings = MarkSettings(scheme=scheme, context_width=width)
    marker, contexts = Marker(keys, settings, vocabulary=VOCABULARY), contexts_of(40, width)
    contexts[5, 0] = -1
    slots = marker.slots(GROUPS)
    sampling = [Sampling(temperature=0.8, top_k=30, top_p=0.9), Sampling(temperature=0.0)] * 20
    here, there = logits.clone(), logits.clone()
    marker.apply(here, contexts, slots, sampling=sampling)
    stack = TableStack(keys, settings, vocabulary=VOCABULARY)
    tables = DeviceTables(stack, settings, device="cpu")
    stack_slots = np.array([stack.slot(g) for g in GROUPS])
    tables.refresh()
    tables.apply(there, contexts, stack_slots, sampling=sampling, repeated=None)
    assert torch.allclose(here, there, atol=1e-4)
    assert torch.equal(here[5], logits[5])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_forbidden_stays_forbidden(keys, logits, scheme):
    marker = Marker(keys, MarkSettings(scheme=scheme), vocabulary=VOCABULARY)
    out = marker.apply(logits, contexts_of(40, 1), marker.slots(GROUPS))
    assert (out[:, 7] == -torch.inf).all() and not out.isnan().any()


def test_tables_of_groups_give_way_but_never_within_a_batch(keys):
    settings = MarkSettings(scheme="greenlist")
    stack = TableStack(keys, settings, vocabulary=10, capacity=2)
    batch = frozenset({"a", "b", "c"})
    slots = {group: stack.slot(group, busy=batch) for group in sorted(batch)}
    for group, slot in slots.items():
        assert (stack.words[slot] == keys.group(group).tables(10, 1)).all()
    assert len(set(slots.values())) == 3 and 0 not in slots.values()
    for number in range(20):
        slot = stack.slot(f"g{number}", busy=frozenset({f"g{number}"}))
        assert (stack.words[slot] == keys.group(f"g{number}").tables(10, 1)).all()
    assert len(stack.words) <= 6


def test_half_precision_is_refused(keys, logits):
    marker = Marker(keys, MarkSettings(), vocabulary=VOCABULARY)
    with pytest.raises(UsageError, match="float32"):
        marker.apply(logits.half(), contexts_of(40, 1), np.zeros(40, np.int64))


@pytest.mark.parametrize(
    "wrong", [{"context_width": 4}, {"scheme": "synthid"}, {"gamma": 1.0}, {"strength": 0}, {"group_share": 1}]
)
def test_settings_that_can_not_work_are_refused(wrong):
    with pytest.raises(UsageError):
        MarkSettings(**wrong)
