"""Engines: where the stages run. Comes in: logs. Goes out: profiles, the same on every engine."""
