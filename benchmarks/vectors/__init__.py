"""Learn the vectors of the open-vocabulary network, and say honestly how good they are."""
