"""The lab: a teacher really answers prompts, students are really trained on what was served, and every test is run.

Comes in: a teacher (SmolLM2-135M-Instruct by default, any local folder), prompts, a `LabSpec`. Goes out: a folder with
the served answers, the students, the figures (`results.json`) and plots. A run that was stopped goes on where it was.
"""
