"""Commands that print every number the docs claim: `python -m bench NAME`, one file a benchmark."""
