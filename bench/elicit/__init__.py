"""Trains the elicitation classifier: `python -m bench.elicit`. What it measures: `python -m bench elicitation`."""
