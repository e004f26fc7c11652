"""The elicitation classifier: whether a prompt words its wishes as those who collect answers for training do.

Comes in: the word hashes of a prompt, as the text pass has them (`kernels.elicit`), or a string column
(`score.elicitation_logits`). Goes out: a logit. `weights.npz` is written by `python -m bench.elicit`. Nothing is
imported here, since the text pass imports `kernels` from below.
"""
