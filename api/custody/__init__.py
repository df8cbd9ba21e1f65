"""The chain of custody: what is shown of evidence, who saw originals, what is kept how long."""
