"""Published and obvious detectors, one file each, behind one signature: what Stillwatch is compared with.

Comes in: a world's tables without its labels, and an earlier quiet world to take as normal. Goes out: of each
configuration of a method, a score per account and, where the method forms groups, the group of each account.
Thresholds are not the methods' business: `threshold.py` sets them all alike.
"""
