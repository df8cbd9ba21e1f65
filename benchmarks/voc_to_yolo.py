"""Pascal VOC annotations (one XML file a picture) into a YOLO data set."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.yolo_names import DataError

VOC_NAMES = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa"),
    *("train", "tvmonitor"),
)


def convert(annotations: Path, pictures: Path, target: Path, *, difficult: bool = True) -> int:
    """Write `images/`, `labels/` and `data.yaml` to `target`; return how many pictures.

    Classes are VOC's twenty, then others in alphabetical order. Objects that VOC marks difficult
    are kept unless `difficult` is False. Raises DataError naming the file.
    """
    sheets = {path: _parse(path) for path in sorted(annotations.glob("*.xml"))}
    if not sheets:
        raise DataError(f"{annotations} holds no .xml annotations")
    used = {_text(o, "name", path) for path, root in sheets.items() for o in root.iter("object")}
    names = (*VOC_NAMES, *sorted(used - set(VOC_NAMES)))
    for folder in ("images", "labels"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    for path, root in sheets.items():
        picture = pictures / _text(root, "filename", path)
        if not picture.is_file():
            raise DataError(f"{path}: its picture {picture} is not there")
        shutil.copyfile(picture, target / "images" / picture.name)
        lines = _lines(path, root, names, difficult=difficult)
        label = target / "labels" / f"{picture.stem}.txt"
        label.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    listed = "".join(f"  {i}: {name}\n" for i, name in enumerate(names))
    (target / "data.yaml").write_text(
        f"path: .\ntrain: images\nval: images\nnames:\n{listed}", encoding="utf-8"
    )
    return len(sheets)


def _lines(
    path: Path, root: ElementTree.Element, names: tuple[str, ...], *, difficult: bool
) -> list[str]:
    """Label lines of one picture. VOC counts pixels from 1 and includes the last one."""
    width, height = (_number(root, f"size/{side}", path) for side in ("width", "height"))
    if width <= 0 or height <= 0:
        raise DataError(f"{path}: its size is {width:g} x {height:g}")
    lines = []
    for thing in root.iter("object"):
        if thing.findtext("difficult", "0").strip() == "1" and not difficult:
            continue
        x1, y1, x2, y2 = (
            _number(thing, f"bndbox/{edge}", path) for edge in ("xmin", "ymin", "xmax", "ymax")
        )
        x1, y1, x2, y2 = (x1 - 1) / width, (y1 - 1) / height, x2 / width, y2 / height
        class_id = names.index(_text(thing, "name", path))
        box = ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
        lines.append(f"{class_id} {' '.join(f'{value:.6f}' for value in box)}")
    return lines


def _parse(path: Path) -> ElementTree.Element:
    try:
        # Expat 2.4.1 and later stop entities that grow without end.
        return ElementTree.parse(path).getroot()  # noqa: S314
    except ElementTree.ParseError as error:
        raise DataError(f"{path}: not valid XML: {error}") from None


def _text(element: ElementTree.Element, tag: str, path: Path) -> str:
    text = (element.findtext(tag) or "").strip()
    if not text:
        raise DataError(f"{path}: an <{element.tag}> has no <{tag}>")
    return text


def _number(element: ElementTree.Element, tag: str, path: Path) -> float:
    text = _text(element, tag, path)
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{path}: <{tag}> is {text!r}, not a number") from None
