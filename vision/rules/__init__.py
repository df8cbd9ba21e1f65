"""Violation kinds: most are rows of `kinds.toml`, the judgement they share is in `rule.py`."""
