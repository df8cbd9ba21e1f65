"""Long scripted scenes with known truth, rendered only at the looks that are asked for."""
