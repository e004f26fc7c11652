"""What can go wrong with keys, stores and suspects; all of it is for the user to mend."""

from __future__ import annotations

from stillwatch.errors import StillwatchError


class KeyFileError(StillwatchError):
    """A master key that can't be read, is readable by others, or is not the one that is needed."""


class StoreError(StillwatchError):
    """A store that is cut short, altered, or sealed under another key."""


class SuspectError(StillwatchError):
    """A suspect that can't be queried as asked."""


class SuspectRefusedError(SuspectError):
    """The suspect declines to answer."""


class NotComputableError(SuspectError):
    """The suspect doesn't give what the test needs, such as log-probabilities of given text."""


class TextTooLongError(NotComputableError):
    """A prompt with its text is longer than the suspect can read."""


class TokenizerMismatchError(SuspectError):
    """The suspect reads text in other tokens than the test was prepared for."""
