"""Benign kinds, one file a family. In: a town, how many accounts, about how many requests. Out: the town, fuller."""
