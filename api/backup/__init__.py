"""Backups: a database of either kind and a data folder, put away and brought back."""
