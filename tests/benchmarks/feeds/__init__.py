"""Tests of the benchmark with many live cameras."""
