"""What may become of a case, by whom, and how it is remembered: pure."""
