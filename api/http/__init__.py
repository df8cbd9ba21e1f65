"""What all answers have in common: problems, limits, tags, cursors, files, the change feed."""
