"""The words a model card may use: output families and ways to fit a picture."""

from typing import Literal

Family = Literal["yolov8", "yolo26", "yolox", "picodet", "yolo_world"]
"""How a network's outputs are read: `yolov8` also covers YOLO11, which has the same head;
`yolo_world` wants a vocabulary."""

Fit = Literal["centre", "corner", "stretch"]
"""How a picture meets the network's input: kept in proportion and centred, kept in proportion at
the top left corner, or stretched to fill it."""
