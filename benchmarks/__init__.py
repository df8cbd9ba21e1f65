"""Datasets x metrics, throughput, and comparisons; every published figure comes from here."""
