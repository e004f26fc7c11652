"""The marks as custom logits processors of vLLM, for both of its interfaces.

    STILLWATCH_MARKS=/etc/stillwatch/marks.json \
    vllm serve MODEL --logits-processors stillwatch.provenance.marks.vllm_processor:MarkProcessorV2

`MarkProcessorV2` is for Model Runner V2 (the default where vLLM supports it), `MarkProcessorV1` for the older runner;
each refuses the other's at start. vLLM is imported when one of the two names is looked up, which only vLLM does.

The gateway says which group a request is of by a ticket (`MarkKeys.ticket`) in the request's `vllm_xargs`, under
"stillwatch_group"; a ticket that the provider didn't make is refused with status 400, and without one the response
carries the provider's mark alone. Nothing that a client sends turns the mark off. Output under a grammar (JSON mode,
tool calls) is not marked. vLLM's `raw_logprobs`, its default, are taken before the mark and show a client the unmarked
distribution beside the marked choice: serve with `--logprobs-mode processed_logprobs`, or without log-probabilities.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stillwatch.errors import StillwatchError, UsageError
from stillwatch.extras import require
from stillwatch.provenance.marks.marking import Marker, Sampling
from stillwatch.provenance.marks.positions import PROVIDER
from stillwatch.provenance.marks.serving import Serving, serving_of_environment

TICKET = "stillwatch_group"
_FEATURE = "marking in vLLM"


def group_of(params: Any, serving: Serving) -> str | None:
    """The group to mark a request for: "" the provider's mark alone, None no mark. Raises `UsageError`."""
    if getattr(params, "structured_outputs", None) is not None:
        return None
    ticket = (getattr(params, "extra_args", None) or {}).get(TICKET)
    if ticket is None:
        return PROVIDER
    if not isinstance(ticket, str):
        raise UsageError(f"{TICKET} must be the text of a ticket")
    return serving.keys.read_ticket(ticket)


def sampling_of(params: Any) -> Sampling:
    """How vLLM will sample the request."""
    return Sampling(temperature=float(params.temperature), top_k=max(0, int(params.top_k)), top_p=float(params.top_p))


class _Checked:
    """What both interfaces share: parameters are checked at admission, in vLLM's front end."""

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Raise `ValueError`, which vLLM answers with status 400, for a ticket that is not the provider's."""
        try:
            group_of(sampling_params, serving_of_environment())
        except StillwatchError as cause:
            raise ValueError(str(cause)) from None


@dataclass
class _Request:
    """One row of the batch of the V1 interface. `output` is vLLM's own list, which grows as tokens are sampled."""

    group: str
    sampling: Sampling
    prompt: list[int]
    output: list[int]
    seen: set[tuple[int, ...]] = field(default_factory=set)
    noted: int = 0

    def context(self, width: int) -> list[int]:
        """The last `width` tokens, nearest first; -1 where there is none."""
        tail = self.output[-width:]
        if len(tail) < width:
            tail = self.prompt[len(self.prompt) - (width - len(tail)) :] + tail
        return ([-1] * width + tail)[-width:][::-1]

    def repeats(self, context: list[int], width: int) -> bool:
        """Whether the context has occurred in this response before."""
        tokens = self.prompt[-width:] + self.output
        lead = len(tokens) - len(self.output)
        for end in range(lead + self.noted, len(tokens)):  # contexts of the tokens sampled so far
            self.seen.add(tuple(tokens[max(0, end - width) : end][::-1]))
        self.noted = len(self.output)
        return tuple(context) in self.seen


class _V1(_Checked):
    """`vllm.v1.sample.logits_processor.LogitsProcessor`: a row a request, told of each change of the batch."""

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:  # noqa: ARG002
        self._serving = serving_of_environment()
        self._marker = Marker(
            self._serving.keys, self._serving.settings, vocabulary=vllm_config.model_config.get_vocab_size()
        )
        self._requests: dict[int, _Request] = {}

    def is_argmax_invariant(self) -> bool:
        """False: a mark acts at temperature 0 as well."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Follow the batch: removed, then added, then moved, as vLLM asks."""
        if batch_update is None:
            return
        for index in batch_update.removed:
            self._requests.pop(index, None)
        for index, params, prompt, output in batch_update.added:
            group = group_of(params, self._serving)
            self._requests.pop(index, None)
            if group is not None:
                self._requests[index] = _Request(group, sampling_of(params), list(prompt or ()), output)
        for source, target, direction in batch_update.moved:
            here, there = self._requests.pop(source, None), self._requests.pop(target, None)
            if here is not None:
                self._requests[target] = here
            if there is not None and direction.name == "SWAP":
                self._requests[source] = there

    def apply(self, logits: Any) -> Any:
        """Mark the rows of the requests that are marked, in place."""
        if not self._requests:
            return logits
        width, rows = self._serving.settings.context_width, logits.shape[0]
        contexts = np.full((rows, width), -1, np.int64)
        groups, repeated = [PROVIDER] * rows, np.zeros(rows, np.bool_)
        sampling = [Sampling()] * rows
        gumbel = self._serving.settings.scheme == "gumbel"
        for index, request in self._requests.items():
            context = request.context(width)
            contexts[index], groups[index], sampling[index] = context, request.group, request.sampling
            if gumbel:
                repeated[index] = request.repeats(context, width)
        return self._marker.apply(
            logits, contexts, self._marker.slots(groups), sampling=sampling, repeated=repeated if gumbel else None
        )


class _V2(_Checked):
    """`vllm.v1.worker.gpu.sample.logits_processor.LogitsProcessor`: tokens stay on the device."""

    def __init__(self, vllm_config: Any, req_states: Any) -> None:
        self._torch = require("torch", feature=_FEATURE, extra="provenance")
        self._serving = serving_of_environment()
        vocabulary = min(int(req_states.vocab_size), int(vllm_config.model_config.get_vocab_size()))
        self._marker = Marker(self._serving.keys, self._serving.settings, vocabulary=vocabulary)
        self._states = req_states
        self._groups: list[str | None] = [None] * req_states.max_num_reqs
        self._sampling = [Sampling()] * req_states.max_num_reqs
        # Slot of the tables of each request, -1 unmarked: on the host, and as the device sees it.
        self._staged = np.full(req_states.max_num_reqs, -1, np.int64)
        self._tables = self._torch.full((req_states.max_num_reqs,), -1, dtype=self._torch.int64).to(req_states.device)

    def add_request(self, req_idx: int, sampling_params: Any) -> bool:
        """Take over a request's slot, whatever it held before; False where the request is not marked."""
        group = group_of(sampling_params, self._serving)
        self._groups[req_idx] = group
        self._sampling[req_idx] = sampling_of(sampling_params)
        if group is not None:
            named = [one or PROVIDER for one in self._groups]
            slots = self._marker.slots(named)
            self._staged = np.where([one is not None for one in self._groups], slots, -1)
        else:
            self._staged[req_idx] = -1
        return group is not None

    def apply_staged_writes(self) -> None:
        """Bring the device up to date with the requests that came in."""
        self._tables.copy_(self._torch.from_numpy(self._staged))

    def apply(self, logits: Any, ctx: Any) -> Any:
        """Mark the rows in place: a row is a position of a request, several of them under speculative decoding."""
        torch, width = self._torch, self._serving.settings.context_width
        owner = ctx.expanded_idx_mapping.to(torch.int64)
        held = owner.clamp_min(0)
        slots = self._tables[held]
        active = (owner >= 0) & (slots >= 0)
        history = self._states.all_token_ids.gpu
        row = torch.arange(len(owner), device=owner.device)
        local, position = ctx.expanded_local_pos.to(torch.int64), ctx.pos.to(torch.int64)
        places = []
        for back in range(width):
            # Tokens of this step stand in the rows before; what came earlier is in the history.
            drafted = ctx.input_ids.to(torch.int64)[(row - back).clamp_min(0)]
            committed = history[held, (position - back).clamp_min(0)].to(torch.int64)
            token = torch.where(local >= back, drafted, committed)
            places.append(torch.where(active & (position >= back), token, -1))
        contexts = torch.stack(places, dim=1)
        if self._serving.settings.scheme != "gumbel":
            return self._marker.apply(logits, contexts, slots.clamp_min(0))
        return self._marker.apply(
            logits,
            contexts,
            slots.clamp_min(0),
            sampling=[self._sampling[one] for one in self._owners(ctx, len(owner))],
            repeated=self._repeated(ctx, contexts, held, position),
        )

    def _owners(self, ctx: Any, rows: int) -> list[int]:
        if len(ctx.idx_mapping_np) == rows:
            return [max(0, int(one)) for one in ctx.idx_mapping_np]
        return [max(0, one) for one in ctx.expanded_idx_mapping.tolist()]  # speculative decoding: waits for the device

    def _repeated(self, ctx: Any, contexts: Any, held: Any, position: Any) -> Any:
        """Whether each row's context ended at an earlier position of its response too."""
        torch, width = self._torch, contexts.shape[1]
        longest = int(ctx.seq_lens_upper_bound_np.max(initial=1))
        tokens = self._states.all_token_ids.gpu[held, :longest].to(torch.int64)
        ends = torch.arange(longest, device=tokens.device)[None]
        first = self._states.prompt_len.gpu[held].to(torch.int64)[:, None] - 1
        same = (ends >= first) & (ends < position[:, None]) & (ends >= width - 1)
        for back in range(width):
            same &= tokens.roll(back, dims=1) == contexts[:, back : back + 1]
        return same.any(dim=1)


#: Public name: the class above and the module of the base that vLLM asks for.
_CLASSES = {
    "MarkProcessorV1": (_V1, "vllm.v1.sample.logits_processor"),
    "MarkProcessorV2": (_V2, "vllm.v1.worker.gpu.sample.logits_processor"),
}


def __getattr__(name: str) -> Any:
    """Make a processor class over vLLM's base, once, when it is first looked up."""
    if name not in _CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    body, base = _CLASSES[name]
    found = over(body, importlib.import_module(base).LogitsProcessor, name)
    globals()[name] = found
    return found


def over(body: type, base: type, name: str) -> type:
    """The class `name` of this module: `body` over the interface's base class."""
    return type(name, (body, base), {"__module__": __name__, "__qualname__": name, "__doc__": body.__doc__})
