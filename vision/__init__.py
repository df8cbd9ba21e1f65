"""Pure computer vision: detections in, violations out. No I/O, no clock, no threads."""
