import pytest

from benchmarks.class_names import match_names
from benchmarks.voc_to_yolo import VOC_NAMES
from models.card import load_card


def test_every_class_of_pascal_voc_has_a_coco_name() -> None:
    coco = load_card("yolo11n").names
    meant = {
        voc: coco[i]
        for voc, i in zip(VOC_NAMES, match_names(VOC_NAMES, coco), strict=True)
        if i is not None
    }
    assert len(meant) == 20
    assert meant["motorbike"] == "motorcycle"
    assert meant["aeroplane"] == "airplane"
    assert meant["tvmonitor"] == "tv"
    assert meant["sofa"] == "couch"
    assert meant["pottedplant"] == "potted plant"
    assert meant["diningtable"] == "dining table"
    assert meant["car"] == "car"


@pytest.mark.parametrize("name", ["Potted Plant", "potted_plant", "potted-plant", "POTTEDPLANT"])
def test_spelling_does_not_matter(name: str) -> None:
    assert match_names([name], ["car", "potted plant"]) == (1,)


def test_aliases_work_both_ways_and_an_exact_name_wins() -> None:
    assert match_names(["motorcycle"], ["motorbike"]) == (0,)
    assert match_names(["bike", "bicycle"], ["bicycle", "bike"]) == (1, 0)


def test_a_class_that_the_model_cannot_name() -> None:
    assert match_names(["hanging_laundry", "car"], ["car"]) == (None, 0)


def test_a_name_in_chinese_is_a_name() -> None:
    assert match_names(["烧烤", "晾晒"], ["晾晒", "烧烤"]) == (1, 0)
