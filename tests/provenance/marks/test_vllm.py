"""The vLLM processors: driven as vLLM drives them, and held to vLLM's own source where it is installed."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from stillwatch.provenance.marks import vllm_processor
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.serving import VARIABLE, Serving, write_serving
from stillwatch.provenance.marks.settings import MarkSettings

torch = pytest.importorskip("torch")
VOCABULARY = 50
V1 = vllm_processor.over(vllm_processor._V1, object, "MarkProcessorV1")
V2 = vllm_processor.over(vllm_processor._V2, object, "MarkProcessorV2")


@dataclass
class Params:
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    extra_args: dict | None = None
    structured_outputs: object = None


CONFIG = types.SimpleNamespace(model_config=types.SimpleNamespace(get_vocab_size=lambda: VOCABULARY))
SWAP, ONE_WAY = types.SimpleNamespace(name="SWAP"), types.SimpleNamespace(name="UNIDIRECTIONAL")


def update(removed=(), added=(), moved=()):
    return types.SimpleNamespace(batch_size=4, removed=removed, added=added, moved=moved)


@pytest.fixture
def serve(tmp_path, monkeypatch, keys):
    def write(**settings):
        chosen = MarkSettings(**{"scheme": "greenlist", "strength": 2.0, "group_share": 0.4, **settings})
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        write_serving(path, Serving(keys, chosen))
        monkeypatch.setenv(VARIABLE, str(path))
        return chosen

    return write


def expected(keys, settings, contexts, groups, **how):
    """The marking of zero logits for contexts (nearest first) and groups."""
    marker = Marker(keys, settings, vocabulary=VOCABULARY)
    return marker.apply(torch.zeros((len(groups), VOCABULARY)), np.array(contexts), marker.slots(groups), **how)


def test_v1_follows_the_batch(serve, keys):
    settings = serve(context_width=2)
    processor = V1(CONFIG, torch.device("cpu"), False)
    outputs = [[], [5], [6, 7]]
    red = {vllm_processor.TICKET: keys.ticket("red")}
    processor.update_state(
        update(
            added=[
                (0, Params(), [1, 2, 3], outputs[0]),
                (1, Params(extra_args=red), [1, 9], outputs[1]),
                (2, Params(structured_outputs={"json": 1}), [1, 2], outputs[2]),
            ]
        )
    )
    marked = processor.apply(torch.zeros((3, VOCABULARY)))
    wanted = expected(keys, settings, [[3, 2], [5, 9], [0, 0]], ["", "red", ""])
    assert torch.equal(marked[:2], wanted[:2]) and (marked[2] == 0).all()
    outputs[0] += [11, 12]  # vLLM's own lists grow
    processor.update_state(None)
    assert torch.equal(processor.apply(torch.zeros((3, VOCABULARY)))[0], expected(keys, settings, [[12, 11]], [""])[0])
    processor.update_state(update(moved=[(0, 1, SWAP)]))
    marked = processor.apply(torch.zeros((3, VOCABULARY)))
    assert torch.equal(marked[:2], expected(keys, settings, [[5, 9], [12, 11]], ["red", ""]))
    processor.update_state(update(removed=[0], moved=[(1, 0, ONE_WAY)]))
    marked = processor.apply(torch.zeros((2, VOCABULARY)))
    assert torch.equal(marked[:1], expected(keys, settings, [[12, 11]], [""])) and (marked[1] == 0).all()
    assert not processor.is_argmax_invariant()


def test_v1_leaves_what_it_does_not_know_unmarked(serve):
    serve(context_width=2)
    processor = V1(CONFIG, torch.device("cpu"), False)
    # A prompt given as embeddings has no tokens; a token still on its way is -1.
    processor.update_state(update(added=[(0, Params(), None, [3]), (1, Params(), [1, 2], [4, -1])]))
    assert (processor.apply(torch.zeros((2, VOCABULARY))) == 0).all()


def test_v1_gumbel_marks_a_context_once(serve, keys):
    settings = serve(scheme="gumbel", group_share=0.0)
    processor = V1(CONFIG, torch.device("cpu"), False)
    output = []
    processor.update_state(update(added=[(0, Params(temperature=0.5), [8, 3], output)]))
    warm = [Sampling(temperature=0.5)]
    for token, context in ((4, 3), (5, 4), (3, 5)):
        made = processor.apply(torch.zeros((1, VOCABULARY)))
        assert torch.equal(made, expected(keys, settings, [[context]], [""], sampling=warm))
        output.append(token)
    assert (processor.apply(torch.zeros((1, VOCABULARY))) == 0).all()  # 3 was the first context


def states(history, prompt_len, rows=6):
    gpu = torch.zeros((rows, 32), dtype=torch.int32)
    for slot, tokens in history.items():
        gpu[slot, : len(tokens)] = torch.tensor(tokens, dtype=torch.int32)
    lengths = torch.zeros(rows, dtype=torch.int32)
    for slot, length in prompt_len.items():
        lengths[slot] = length
    holder = types.SimpleNamespace
    return holder(
        device=torch.device("cpu"),
        max_num_reqs=rows,
        vocab_size=VOCABULARY,
        all_token_ids=holder(gpu=gpu),
        prompt_len=holder(gpu=lengths),
    )


def layout(rows):
    """Rows as (slot, local position, token, position)."""
    slots, local, tokens, position = (torch.tensor(column, dtype=torch.int32) for column in zip(*rows, strict=True))
    requests = list(dict.fromkeys(row[0] for row in rows))
    return types.SimpleNamespace(
        expanded_idx_mapping=slots,
        idx_mapping=torch.tensor(requests),
        idx_mapping_np=np.array(requests),
        expanded_local_pos=local,
        input_ids=tokens,
        pos=position,
        seq_lens_upper_bound_np=np.array([max(row[3] for row in rows) + 1]),
    )


def test_v2_reads_contexts_from_history_and_drafts(serve, keys):
    settings = serve(context_width=2)
    held = states({3: [1, 2, 3, 4], 1: [9, 8, 7], 5: [1, 1]}, {3: 2, 1: 3, 5: 2})
    processor = V2(CONFIG, held)
    assert processor.add_request(3, Params())
    assert processor.add_request(1, Params(extra_args={vllm_processor.TICKET: keys.ticket("red")}))
    assert not processor.add_request(5, Params(structured_outputs={"json": 1}))
    processor.apply_staged_writes()
    # Slot 3 verifies two drafts (20, 21) after its last token 4; -1 is a row of padding.
    rows = [(1, 0, 7, 2), (3, 0, 4, 3), (3, 1, 20, 4), (3, 2, 21, 5), (5, 0, 1, 1), (-1, 0, 0, 0)]
    marked = processor.apply(torch.zeros((6, VOCABULARY)), layout(rows))
    wanted = expected(keys, settings, [[7, 8], [4, 3], [20, 4], [21, 20]], ["red", "", "", ""])
    assert torch.equal(marked[:4], wanted) and (marked[4:] == 0).all()


def test_v2_slots_are_taken_over_whole(serve, keys):
    settings = serve()
    held = states({0: [1, 2]}, {0: 2})
    processor = V2(CONFIG, held)
    processor.add_request(0, Params(extra_args={vllm_processor.TICKET: keys.ticket("red")}))
    processor.add_request(0, Params())
    processor.apply_staged_writes()
    marked = processor.apply(torch.zeros((1, VOCABULARY)), layout([(0, 0, 2, 1)]))
    assert torch.equal(marked, expected(keys, settings, [[2]], [""]))
    assert not processor.add_request(0, Params(structured_outputs={"json": 1}))
    processor.apply_staged_writes()
    assert (processor.apply(torch.zeros((1, VOCABULARY)), layout([(0, 0, 2, 1)])) == 0).all()


def test_v2_gumbel_marks_a_context_once(serve, keys):
    settings = serve(scheme="gumbel", group_share=0.0, context_width=2)
    held = states({0: [7, 8, 4, 7, 8], 1: [7, 8, 4, 7, 8]}, {0: 2, 1: 4})
    processor = V2(CONFIG, held)
    for slot in (0, 1):
        processor.add_request(slot, Params(temperature=0.5))
    processor.apply_staged_writes()
    marked = processor.apply(torch.zeros((2, VOCABULARY)), layout([(0, 0, 8, 4), (1, 0, 8, 4)]))
    wanted = expected(keys, settings, [[8, 7]], [""], sampling=[Sampling(temperature=0.5)])
    # In slot 0 the response began after (7, 8), so the context comes again; in slot 1 that was inside the prompt.
    assert (marked[0] == 0).all() and torch.equal(marked[1:], wanted)


@pytest.mark.parametrize("kind", [V1, V2])
def test_only_the_gateways_tickets_are_let_in(serve, keys, kind):
    serve()
    kind.validate_params(Params())
    kind.validate_params(Params(extra_args={vllm_processor.TICKET: keys.ticket("red"), "other": 1}))
    for wrong in ("red", keys.ticket("red")[:-1] + "x", 7, ["red"]):
        with pytest.raises(ValueError, match="ticket"):
            kind.validate_params(Params(extra_args={vllm_processor.TICKET: wrong}))


# What follows holds the classes to the source of the vLLM that is installed, without running an engine.


def vllm_source(relative):
    found = importlib.util.find_spec("vllm")
    if found is None or not found.submodule_search_locations:
        pytest.skip("vLLM is not installed: its interfaces can't be compared")
    path = Path(found.submodule_search_locations[0]) / relative
    if not path.is_file():
        pytest.skip(f"this vLLM has no {relative}")
    return path


def load(path, name, monkeypatch):
    """The interface module alone, executed: the package around it needs an accelerator's build."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def fields_of(path, name):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name).body
    return {node.target.id for node in body if isinstance(node, ast.AnnAssign)}


def signatures(kind):
    import inspect

    return {
        name: [p for p in inspect.signature(member).parameters if p not in ("self", "cls")]
        for name, member in inspect.getmembers(kind, callable)
        if name
        in (
            "__init__",
            "apply",
            "update_state",
            "is_argmax_invariant",
            "validate_params",
            "add_request",
            "apply_staged_writes",
        )
    }


def test_v1_is_vllms_v1(monkeypatch, serve):
    serve()
    path = vllm_source("v1/sample/logits_processor/interface.py")
    stub = types.ModuleType("vllm")
    stub.SamplingParams = object
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "vllm", stub)
        interface = load(path, "vllm_v1_interface", patched)
    made = vllm_processor.over(vllm_processor._V1, interface.LogitsProcessor, "MarkProcessorV1")
    assert issubclass(made, interface.LogitsProcessor) and not made.__abstractmethods__
    assert signatures(made) == signatures(interface.LogitsProcessor)
    assert {"removed", "added", "moved"} <= fields_of(path, "BatchUpdate")
    processor = made(CONFIG, torch.device("cpu"), False)
    change = interface.BatchUpdate(
        batch_size=2,
        removed=[],
        added=[(0, Params(), [1, 2], []), (1, Params(), [1, 3], [])],
        moved=[(0, 1, interface.MoveDirectionality.SWAP)],
    )
    processor.update_state(change)
    assert processor._requests[1].prompt == [1, 2]


def test_v2_is_vllms_v2(monkeypatch, serve):
    serve()
    path = vllm_source("v1/worker/gpu/sample/logits_processor/interface.py")
    interface = load(path, "vllm_v2_interface", monkeypatch)
    made = vllm_processor.over(vllm_processor._V2, interface.LogitsProcessor, "MarkProcessorV2")
    assert issubclass(made, interface.LogitsProcessor) and not made.__abstractmethods__
    assert signatures(made) == signatures(interface.LogitsProcessor)
    held = states({0: [1, 2]}, {0: 2})
    wanted = fields_of(path, "LogitsProcRequestState")
    assert set(vars(held)) <= wanted
    real = interface.LogitsProcRequestState(**{name: getattr(held, name, None) for name in wanted})
    processor = made(CONFIG, real)
    processor.add_request(0, Params())
    processor.apply_staged_writes()
    context = layout([(0, 0, 2, 1)])
    real_context = interface.LogitsContext(
        **{name: getattr(context, name) for name in fields_of(path, "LogitsContext")}
    )
    assert (processor.apply(torch.zeros((1, VOCABULARY)), real_context) != 0).any()


def test_what_is_read_of_a_request_is_there():
    path = vllm_source("sampling_params.py")
    assert {"temperature", "top_k", "top_p", "extra_args", "structured_outputs"} <= fields_of(path, "SamplingParams")


@pytest.mark.parametrize(
    ("module", "loader", "name"),
    [
        ("vllm.v1.sample.logits_processor", "_load_logitsprocs_by_fqcns", "MarkProcessorV1"),
        ("vllm.v1.worker.gpu.sample.logits_processor.loader", "_load_v2_logitsprocs_by_fqcns", "MarkProcessorV2"),
    ],
)
def test_vllms_own_loader_takes_the_class(module, loader, name):
    vllm_source("version.py")
    # In a process of its own: importing vLLM changes the environment.
    path = f"stillwatch.provenance.marks.vllm_processor:{name}"
    program = f"""
try:
    from {module} import {loader} as load
except ImportError as error:
    print("SKIP", error)
else:
    print("LOADED", load([{path!r}])[0].__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    said = done.stdout.strip().splitlines()[-1:] or [""]
    if said[0].startswith("SKIP"):
        pytest.skip(f"this vLLM can't be imported here: {said[0][5:]}")
    assert said == [f"LOADED {name}"], done.stderr
