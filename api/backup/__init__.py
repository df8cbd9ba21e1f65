"""Backups: the database of either kind, and the files of a data folder, put away and brought back."""
