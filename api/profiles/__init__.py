"""Legal profiles: what a packet must hold to be evidence, as data and its checks."""
