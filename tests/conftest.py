"""Settings of all tests."""

from hypothesis import settings

# How long an example takes is the machine's affair: nothing in the suite measures time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
