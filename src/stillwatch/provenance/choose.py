"""From what a person types to a suspect and to planned tests."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from stillwatch.errors import UsageError
from stillwatch.provenance.plan import PlannedTest
from stillwatch.provenance.registry import TESTS, find_test
from stillwatch.provenance.store import EvidenceStore
from stillwatch.provenance.suspects import EndpointSuspect, LocalSuspect, Suspect


def is_address(text: str) -> bool:
    """Whether it is the address of a server and not a folder."""
    return text.startswith(("http://", "https://"))


def name_of(text: str) -> str:
    """What the suspect will be called, before it is loaded."""
    if is_address(text):
        return _parts(text)[1]
    return Path(text).resolve().name


def load_suspect(text: str, *, api_key_variable: str | None = None) -> Suspect:
    """A suspect from a model folder, or from URL#MODEL. The key for a server comes from an environment variable."""
    if not is_address(text):
        return LocalSuspect(Path(text).resolve())
    url, model = _parts(text)
    key = None
    if api_key_variable:
        key = os.environ.get(api_key_variable)
        if not key:
            raise UsageError(f"the environment variable {api_key_variable} is not set: put the server's key there")
    return EndpointSuspect(url, model, api_key=key)


def _parts(text: str) -> tuple[str, str]:
    url, _, model = text.partition("#")
    if not model:
        raise UsageError(f"{url}: which model? Write it as {url}#MODEL")
    return url, model


def planned_tests(
    store: EvidenceStore, names: Sequence[str], settings: Sequence[str], *, closed: bool
) -> list[PlannedTest]:
    """The tests to plan: those named, else all that the store has evidence for; `settings` are TEST.OPTION=VALUE.

    Closed-box forms are taken by default only where `closed`. Raises `UsageError` where nothing is left.
    """
    options: dict[str, dict[str, object]] = {}
    for setting in settings:
        left, equals, value = setting.partition("=")
        test, dot, option = left.partition(".")
        if not equals or not dot:
            raise UsageError(f"{setting!r} is not TEST.OPTION=VALUE, such as twins.most=500")
        try:
            options.setdefault(test, {})[option] = json.loads(value)
        except ValueError:
            options.setdefault(test, {})[option] = value
    chosen = list(names) or [
        name for name in TESTS if find_test(name).why_not(store) is None and (closed or not name.endswith("-closed"))
    ]
    if not chosen:
        raise UsageError("the store holds no evidence that a test could use: no twins, marks or canaries")
    unused = set(options) - set(chosen)
    if unused:
        raise UsageError(f"an option is set for '{min(unused)}', which is not among the tests: {', '.join(chosen)}")
    return [PlannedTest(name=name, options=options.get(name, {})) for name in chosen]
