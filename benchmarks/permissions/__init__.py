"""Opt-outs at the size of a large company: `python -m benchmarks.permissions`."""
