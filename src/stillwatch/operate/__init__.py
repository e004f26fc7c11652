"""Operators' control: what people told the scan beforehand, and what is kept of earlier traffic.

Comes in: saved baselines, allow-lists, earlier decisions (files), and what an analysis found. Goes out: a reference
population, a verdict on drift, and the analysis' answer with allowed accounts spared and decisions respected. Nothing
here changes what is measured: allow-lists and decisions act after the statistics. `campaigns` knows this package only
through two functions that it is given.
"""
