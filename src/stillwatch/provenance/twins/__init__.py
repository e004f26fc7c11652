"""Twins: two responses are generated, a keyed fair coin decides which one is served, and both are kept.

Comes in: requests that pass through the recording proxy, or logs that hold two choices. Goes out: sealed `twin`
records, and an exact test: if a suspect never trained on what was served then, given the pair, the coin tells nothing
about it.
"""
