"""RTSP over TCP: many cameras read by one thread, from the socket to whole pictures."""
