"""Runs a detection network; knows nothing of cameras."""
