"""Decoding on a graphics card: the same pictures, or a clear word that there is none."""

from collections import Counter

import numpy as np
import pytest

from streams.commands import run
from streams.video.decoder import Decoder
from streams.video.hardware import NoDecoder, accelerator
from streams.video.media_input import VideoInput
from streams.video.picture import to_image
from tests.streams.video.footage import clip
from tests.streams.video.watcher import camera


def why_not() -> str | None:
    try:
        accelerator("cuda")
    except NoDecoder as reason:
        return str(reason)
    return None


def test_the_processor_needs_nothing():
    assert accelerator("cpu") is None


@pytest.mark.skipif(why_not() is None, reason="there is a card to decode on")
def test_a_machine_without_a_card_says_so_before_it_starts(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text('decode_on = "cuda"\n')
    with pytest.raises(NoDecoder, match='write decode_on = "cpu"'):
        run(site)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_card_gives_the_same_pictures(tmp_path, codec):
    if reason := why_not():
        pytest.skip(reason)
    path = clip(tmp_path / "clip.mp4", codec)
    shown = []
    for card in (None, accelerator("cuda")):
        with VideoInput(camera(path)) as video:
            decoder = Decoder(video.coded, Counter(), card)
            keys = [packet for packet, _ in video.packets() if packet.is_keyframe]
            pictures = [p for key in keys for p in decoder.key_alone(key, 0.0)]
            shown.append([to_image(picture.frame) for picture in pictures])
    assert len(shown[0]) == len(shown[1]) == len(keys)
    for ours, theirs in zip(*shown, strict=True):
        assert np.abs(ours.astype(int) - theirs).mean() < 1.5
