"""What a plate can say, and how what was seen of it is fitted to that."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from models.plate_grammar import KINDS, PLACES, SIGNS, PlateKind, fit


def seen(text: str, doubts: dict[int, dict[str, float]] | None = None) -> np.ndarray:
    """Each sign seen for certain, but for those places that `doubts` are about."""
    rows = np.zeros((len(text), len(SIGNS)), np.float32)
    for place, sign in enumerate(text):
        for other, share in (doubts or {}).get(place, {sign: 1.0}).items():
            rows[place, SIGNS.index(other)] = share
    return rows


def said(rows: np.ndarray, rows_of_plate: int = 1) -> tuple[str, str] | None:
    found = fit(rows, rows_of_plate)
    return found and (found.kind.name, "".join(sign.text for sign in found.signs))


@pytest.mark.parametrize(
    ("text", "rows", "kind", "colour"),
    [
        ("浙F12345", 1, "ordinary", "blue"),
        ("皖K66666", 1, "ordinary", "yellow"),
        ("沪AN9241", 2, "ordinary", "yellow"),
        ("沪AF71017", 1, "new_energy", "green"),
        ("浙F12345D", 1, "new_energy_large", "yellow"),
        ("鄂F8888警", 1, "police", "white"),
        ("琼A6716学", 1, "learner", "yellow"),
        ("皖D1234挂", 2, "trailer", "yellow"),
        ("粤ZR066港", 1, "cross_border", "black"),
        ("粤ZR066澳", 1, "cross_border", "black"),
        ("沪A0023领", 1, "consulate", "black"),
        ("224578使", 1, "embassy", "black"),
        ("使224578", 1, "embassy", "black"),
        ("WJ浙1234X", 1, "armed_police", "white"),
        ("VA30093", 1, "military", "white"),
        ("民航A1234", 1, "airport", "green"),
        ("川0712345", 2, "farm", "green"),
    ],
)
def test_every_kind_is_known_by_its_signs(text: str, rows: int, kind: str, colour: str) -> None:
    found = fit(seen(text), rows)
    assert found is not None
    assert (found.kind.name, "".join(s.text for s in found.signs)) == (kind, text)
    assert found.confidence == 1.0
    assert colour in found.kind.colours
    assert found.kind.says(text)


@pytest.mark.parametrize("text", ["浙F1234", "浙F", "浙F123456789", ""])
def test_what_has_another_number_of_signs_is_no_plate(text: str) -> None:
    assert fit(seen(text)) is None


@pytest.mark.parametrize("text", ["F浙12345", "浙712345", "京Z1234港", "1234567"])
def test_signs_in_the_wrong_place_are_never_sure(text: str) -> None:
    found = fit(seen(text))
    assert found is not None
    assert found.confidence == 0.0


def test_a_trailer_has_two_rows() -> None:
    assert said(seen("皖D1234挂"), 2) == ("trailer", "皖D1234挂")
    found = fit(seen("皖D1234挂"), 1)
    assert found is not None
    assert found.confidence == 0.0


def test_a_place_decides_between_signs_that_look_alike() -> None:
    found = fit(seen("浙812345", {1: {"8": 0.45, "B": 0.5}}))
    assert found is not None
    assert said(seen("浙812345", {1: {"8": 0.45, "B": 0.5}})) == ("ordinary", "浙B12345")
    assert found.signs[1].confidence == pytest.approx(1.0)


def test_the_place_does_not_overrule_what_was_plainly_seen() -> None:
    found = fit(seen("浙812345", {1: {"8": 0.8, "B": 0.2}}))
    assert found is not None
    assert found.signs[1].text == "B"
    assert found.confidence == pytest.approx(0.4)


def drawn(kind: PlateKind) -> st.SearchStrategy[str]:
    signs = (st.sampled_from(PLACES.get(code, code)) for code in kind.pattern)
    return st.tuples(*signs).map("".join)


@given(st.data(), st.sampled_from(KINDS))
def test_whatever_a_kind_can_say_is_read_back(data: st.DataObject, kind: PlateKind) -> None:
    text = data.draw(drawn(kind))
    found = said(seen(text), kind.rows[0])
    assert found is not None
    assert found[1] == text
    assert kind.says(text)
    assert not kind.says(text[:-1])


@given(st.integers(1, 9), st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
def test_no_confidence_leaves_its_range(length: int, seed: int, rows: int) -> None:
    noise = np.random.default_rng(seed).dirichlet(np.full(len(SIGNS), 0.05), length)
    found = fit(noise.astype(np.float32), rows)
    if found is not None:
        assert all(0 <= sign.confidence <= 1 for sign in found.signs)
        assert found.kind.says("".join(sign.text for sign in found.signs))
