"""Canaries: marks for gateways that can't touch logits.

Comes in: a key, and a person's confirmation of the account that is to be served them. Goes out: instructions for the
model (behaviours that a key ties to ways of asking; facts about things that the provider invented), and `TestResult`s
of a suspect that are exact under the randomness of the key. Nothing here states anything false about the world.
"""
