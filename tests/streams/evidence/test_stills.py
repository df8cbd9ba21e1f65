"""Stills: the caption is legible, Chinese included, and hides nothing that matters."""

import cv2
import numpy as np
import pytest
from hypothesis import given, strategies as st

from streams.evidence import stills
from streams.evidence.stills import (
    Caption,
    burn_in,
    caption_below,
    close_up,
    encode_close_up,
    encode_jpeg,
    encode_still,
)

CAPTION = Caption(1_795_439_289.9, "Asia/Shanghai", "南门 · 平湖市当湖街道", "33048220")


def picture(width: int, height: int) -> np.ndarray:
    """A picture in which every pixel differs from its neighbours."""
    y, x = np.mgrid[:height, :width]
    return np.dstack([x % 251, y % 241, (x + y) % 239]).astype(np.uint8)


def changed_rows(before: np.ndarray, after: np.ndarray) -> tuple[int, int]:
    """First and last + 1 row that differ."""
    rows = np.flatnonzero((before != after).any(axis=(1, 2)))
    return int(rows[0]), int(rows[-1]) + 1


def drawn(text: str) -> np.ndarray:
    """One sign as the caption's font shows it, (60, 60)."""
    image = np.zeros((60, 60, 3), np.uint8)
    cv2.putText(image, text, (10, 45), (255, 255, 255), stills._font(), 32, 400)
    return image[..., 0]


def test_the_time_is_local_to_the_second_with_its_offset():
    assert CAPTION.time_text == "2026-11-23 21:08:09 +08:00"
    assert Caption(1_795_439_289.0, "UTC", "", "").time_text == "2026-11-23 13:08:09 +00:00"


def test_an_unknown_time_zone_is_named():
    with pytest.raises(ValueError, match="'Asia/Pinghu' is unknown: use a name such as"):
        Caption(0, "Asia/Pinghu", "", "")
    with pytest.raises(ValueError, match="is unknown"):
        Caption(0, "/etc/passwd", "", "")


def test_empty_parts_are_left_out_and_line_breaks_become_spaces():
    assert Caption(0, "UTC", "", "").items == ["1970-01-01 00:00:00 +00:00"]
    assert Caption(0, "UTC", " gate\n\tone ", "7").items[1:] == ["gate one", "No. 7"]


def test_every_common_chinese_sign_renders():
    """All of GB 2312, which covers the names of places in China, and none as a question mark."""
    unknown = drawn("?")
    codes = [bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    signs = [s for code in codes if (s := code.decode("gb2312", "ignore"))]
    assert len(signs) == 6763
    assert not [s for s in signs if not drawn(s).any() or np.array_equal(drawn(s), unknown)]
    assert np.array_equal(drawn("🚗"), unknown)


def test_different_signs_look_different():
    assert not np.array_equal(drawn("南"), drawn("门"))


@pytest.mark.parametrize("size_wh", [(3840, 2160), (1920, 1080), (1280, 720), (768, 576)])
def test_only_a_thin_strip_at_the_bottom_is_touched(size_wh):
    image = picture(*size_wh)
    burnt = burn_in(image, CAPTION)
    assert burnt.shape == image.shape
    first, last = changed_rows(image, burnt)
    assert last == size_wh[1]
    assert last - first < 0.06 * size_wh[1]
    assert (burnt[first:] > 240).all(axis=2).any(), "white text"


def test_the_picture_given_is_not_changed():
    image = picture(768, 576)
    burn_in(image, CAPTION)
    assert np.array_equal(image, picture(768, 576))


def test_what_is_under_the_strip_stays_visible():
    dark, bright = np.zeros((576, 768, 3), np.uint8), np.full((576, 768, 3), 250, np.uint8)
    assert burn_in(dark, CAPTION)[-2, 0, 0] == 0
    assert burn_in(bright, CAPTION)[-2, 0, 0] == 100


def test_the_strip_moves_to_the_top_where_it_would_hide_the_thing():
    image = picture(1280, 720)
    assert changed_rows(image, burn_in(image, CAPTION, (10, 600, 90, 715)))[0] == 0
    assert changed_rows(image, burn_in(image, CAPTION, (10, 600, 90, 650)))[1] == 720
    everywhere = (0, 0, 1280, 720)
    assert changed_rows(image, burn_in(image, CAPTION, everywhere))[1] == 720


def test_a_small_picture_is_extended_rather_than_hidden():
    image = picture(352, 288)
    burnt = burn_in(image, CAPTION)
    assert burnt.shape[1] == 352
    assert burnt.shape[0] > 288
    assert np.array_equal(burnt[:288], image)


def test_a_caption_that_is_too_long_for_a_line_is_cut_short():
    image = picture(320, 240)
    long = Caption(0, "UTC", "解放西路" * 40, "7")
    extended = caption_below(image, long)
    assert extended.shape == caption_below(image, Caption(0, "UTC", "解放" * 10, "7")).shape
    assert not extended[240:, -4:].any(), "no letter is cut by the edge"
    line = stills._shortened("解放西路" * 40, 14, 300)
    assert line.endswith(("解…", "放…", "西…", "路…"))
    assert 270 < stills._width_px(line, 14) <= 300


def test_a_still_is_a_jpeg_of_the_full_size_that_is_the_same_every_time():
    image = picture(1280, 720)
    data = encode_still(image, CAPTION)
    assert data == encode_still(image, CAPTION)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (720, 1280, 3)
    error = np.abs(decoded[:600].astype(int) - image[:600])
    assert error.mean() < 8


def test_a_picture_that_cannot_be_compressed_is_told():
    with pytest.raises(ValueError, match=r"shape \(2, 70000, 3\)"):
        encode_jpeg(np.zeros((2, 70_000, 3), np.uint8))


def test_a_close_up_has_a_margin_at_source_resolution():
    image = picture(1920, 1080)
    cut = close_up(image, (800, 400, 1200, 800))
    assert cut.shape == (600, 600, 3)
    assert np.array_equal(cut, image[300:900, 700:1300])


def test_a_close_up_of_a_small_thing_shows_its_surroundings():
    image = picture(1920, 1080)
    assert np.array_equal(close_up(image, (950, 530, 970, 550)), image[450:630, 840:1080])


def test_a_close_up_at_the_edge_is_shifted_inside():
    image = picture(1920, 1080)
    assert np.array_equal(close_up(image, (1900, 0, 1930, 10)), image[:180, 1680:])


@given(
    st.tuples(st.floats(-50, 450), st.floats(-50, 350)),
    st.tuples(st.floats(1, 500), st.floats(1, 400)),
    st.floats(0, 1),
)
def test_a_close_up_holds_the_box_and_stays_in_the_picture(corner, size_wh, margin):
    image = picture(400, 300)
    (x, y), (width, height) = corner, size_wh
    cut = close_up(image, (x, y, x + width, y + height), margin, (64, 48))
    assert 48 <= cut.shape[0] <= 300
    assert 64 <= cut.shape[1] <= 400
    assert cut.shape[1] >= min(400, width)
    assert cut.shape[0] >= min(300, height)


def test_a_close_up_loses_no_pixel_to_its_caption():
    image = picture(1920, 1080)
    box = (800.0, 400.0, 1200.0, 800.0)
    decoded = cv2.imdecode(
        np.frombuffer(encode_close_up(image, box, CAPTION), np.uint8), cv2.IMREAD_COLOR
    )
    assert decoded.shape[1] == 600
    assert decoded.shape[0] > 600
    assert (decoded[604:] > 200).any(), "the caption"
    assert np.abs(decoded[:600].astype(int) - close_up(image, box)).mean() < 8
