"""Stillwatch finds distillation campaigns in the traffic of an LLM API."""
