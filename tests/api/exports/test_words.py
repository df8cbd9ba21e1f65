"""Facts as a reader of the paper sees them."""

from api.exports.words import fact_lines
from streams.evidence.manifest import FactPart


def test_that_no_plate_was_found_is_told_with_what_it_does_not_prove() -> None:
    facts = {
        "plate_unread": FactPart(value=9, unit=""),
        "plate_not_found": FactPart(value=2, unit=""),
        "plate_small": FactPart(value=4, unit=""),
    }
    assert fact_lines(facts) == [
        ("号牌未识别次数", "9"),
        ("车辆够大而未见号牌次数", "2（号牌可能被遮挡或在另一侧）"),
        ("车辆或号牌太小次数", "4"),
    ]
