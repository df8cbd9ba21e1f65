"""The words a model card may use: output families and ways to fit a picture."""

from typing import Literal

DetectorFamily = Literal["yolov8", "yolo26", "yolox", "picodet", "yolo_world"]
"""Networks that find objects: `yolov8` also covers YOLO11, which has the same head; `yolo_world`
wants a vocabulary."""

PlateFamily = Literal["plate_corners", "plate_signs"]
"""Networks that read number plates in two steps: where a plate has its corners, and which signs
stand on it. See `models.plates`."""

FeatureFamily = Literal["features"]
"""Networks that say in numbers what a picture looks like, and find nothing. See
`models.second_look`."""

Family = Literal[DetectorFamily, PlateFamily, FeatureFamily]
"""How a network's outputs are read."""

Fit = Literal["centre", "corner", "stretch"]
"""How a picture meets the network's input: kept in proportion and centred, kept in proportion at
the top left corner, or stretched to fill it."""
