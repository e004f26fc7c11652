"""What a profile means to this version: the same fingerprint, the same profiles of the same log.

The layout alone does not say it: a kernel may hash words otherwise and leave every array its shape. So a few fixed
exchanges are profiled, and what comes out is hashed.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from stillwatch.exchange import EXCHANGE_SCHEMA
from stillwatch.profile import Profiles, absorb
from stillwatch.profile.elicitation.score import shipped_weights
from stillwatch.profile.layout import LAYOUT
from stillwatch.profile.rows import LAYOUT_VERSION

_PROMPTS = (
    "Think step by step and show your full reasoning: how many apples are left?",
    "Rate this answer from 1 to 10 and say why, as JSON.",
    "How do I mend a bicycle tyre when the glue won't hold?",
    "Wie spät ist es in Zürich? Und warum?",
)


@cache
def fingerprint() -> str:
    """Twelve hexadecimal digits that change whenever saved profiles no longer mean the same."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "time": start + timedelta(hours=7 * number),
            "account": f"account {number % 2}",
            "organization": "organization",
            "model": "model",
            "system": f"You are helper {number % 2}.",
            "prompt": prompt,
            "turns": number,
            "input_tokens": 10 + number,
            "output_tokens": 100 * number,
            "temperature": 0.5,
            "max_tokens": 64,
            "choices": 1 + number,
            "logprobs": number == 1,
            "tools": number,
            "ip": f"192.0.2.{number}" if number else "2001:db8::1",
            "user_agent": "agent",
            "tls_fingerprint": "t13d",
            "status": "ok" if number else "refused",
        }
        for number, prompt in enumerate(_PROMPTS)
    ]
    profiles = Profiles()
    absorb(profiles, pa.RecordBatch.from_pylist(rows, schema=EXCHANGE_SCHEMA))
    digest = hashlib.sha256(LAYOUT_VERSION.encode())
    for name in LAYOUT:
        digest.update(np.ascontiguousarray(profiles[name]).tobytes())
    model = shipped_weights()
    digest.update(model.weights.tobytes() + repr((model.scale, model.bias, model.threshold)).encode())
    return digest.hexdigest()[:12]
