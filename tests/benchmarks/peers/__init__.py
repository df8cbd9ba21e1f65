"""Tests of the comparison with what a user would run instead."""
