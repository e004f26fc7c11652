"""Keyed marks in what is served, and the tests that find them in a student.

Comes in: keys (`stillwatch.provenance.keys`), logits while serving, a suspect's text or log-probabilities while
testing. Goes out: marked logits, and `TestResult`s whose p-values are exact under the randomness of the key. A mark
biases what follows the last one or two tokens: wider contexts carry nothing over to a student. `settings.py` names the
three schemes, `positions.py` says which key marks which position, `radioactivity.py` tests a suspect.
"""
