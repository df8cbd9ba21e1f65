"""A kept tuning decides what nobody asked for."""

import logging
from pathlib import Path

import numpy as np
import pytest

from models import openvino_session, session as sessions
from models.session import BackendError, open_session, precisions
from models.tuning import DEFAULT_BATCH, Setup, keep, kept_setup, quantized_path, tuning_path


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path / "cache"))


def tuned(card, **changes) -> Setup:
    values = {
        "backend": "onnxruntime",
        "precision": "f32",
        "threads": 1,
        "streams": 1,
        "max_batch": 4,
    }
    keep(card, {"chosen": values | changes})
    return Setup(**(values | changes))


def test_without_a_tuning_there_is_none(make_card) -> None:
    assert kept_setup(make_card()) is None


def test_what_is_kept_is_found_again_for_this_network_only(make_card) -> None:
    setup = tuned(make_card())
    assert kept_setup(make_card()) == setup
    assert kept_setup(make_card(sha256="1" * 64)) is None
    assert kept_setup(make_card(input_wh=(64, 64))) is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"chosen": {"backend": "openvino"}}', '{"chosen": 3}']
)
def test_a_damaged_tuning_is_told_of_and_passed_over(make_card, caplog, text: str) -> None:
    path = tuning_path(make_card())
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert kept_setup(make_card()) is None
    assert "is no tuning" in caplog.text


def test_counts_that_cannot_be_are_refused(make_card) -> None:
    with pytest.raises(ValueError, match="counts"):
        Setup("openvino", "f32", 0, 1, 1)
    with pytest.raises(ValueError, match="no engine"):
        Setup("auto", "f32", 1, 1, 1)


def test_auto_follows_the_tuning(make_card, squares: Path) -> None:
    tuned(make_card())
    session = open_session(squares, make_card())
    assert session.backend == "onnxruntime:CPUExecutionProvider"
    assert session.max_batch == 4
    assert open_session(squares, make_card(), max_batch=2).max_batch == 2


def test_whatever_is_asked_for_counts_more_than_the_tuning(make_card, squares: Path) -> None:
    tuned(make_card(), max_batch=4)
    session = open_session(squares, make_card(), "openvino", 1)
    assert (session.backend, session.max_batch) == ("openvino:CPU", DEFAULT_BATCH)
    tuned(make_card(), precision="int8")
    assert open_session(squares, make_card(), precision="f32").backend == "openvino:CPU"


def test_a_tuned_engine_that_is_gone_is_told_of(make_card, squares: Path, caplog) -> None:
    tuned(make_card(), backend="cuda")
    with caplog.at_level(logging.WARNING):
        assert open_session(squares, make_card(), threads=1).backend == "openvino:CPU"
    assert "cuda" in caplog.text


@pytest.mark.parametrize(
    ("able", "usual"), [(("f32", "bf16"), "openvino:CPU:bf16"), (("f32",), "openvino:CPU")]
)
def test_bfloat16_is_usual_where_card_and_processor_allow_it(
    make_card, squares: Path, monkeypatch, able: tuple[str, ...], usual: str
) -> None:
    if not set(able) <= set(precisions("openvino")):
        pytest.skip("this processor has no bfloat16")
    monkeypatch.setattr(openvino_session, "native_precisions", lambda: able)
    assert open_session(squares, make_card(bf16=True), threads=1).backend == usual
    assert open_session(squares, make_card(), threads=1).backend == "openvino:CPU"
    plain = open_session(squares, make_card(bf16=True), "onnxruntime", 1)
    assert plain.backend == "onnxruntime:CPUExecutionProvider"


def test_an_unknown_precision_is_refused(make_card, squares: Path) -> None:
    with pytest.raises(BackendError, match="no precision is called 'f64'"):
        open_session(squares, make_card(), precision="f64")


def test_a_precision_that_is_not_there_is_refused(make_card, squares: Path, monkeypatch) -> None:
    monkeypatch.setattr(openvino_session, "native_precisions", lambda: ("f32",))
    with pytest.raises(BackendError, match="computes in f32 on this machine, not in bf16"):
        open_session(squares, make_card(), "cpu", precision="bf16")


def test_eight_bits_have_to_be_made_first(make_card, squares: Path) -> None:
    with pytest.raises(BackendError, match="models tune squares"):
        open_session(squares, make_card(), "onnxruntime", precision="int8")
    path = quantized_path(make_card())
    path.parent.mkdir(parents=True)
    path.write_bytes(squares.read_bytes())
    session = open_session(squares, make_card(), "onnxruntime", 1, precision="int8")
    assert session.backend == "onnxruntime:CPUExecutionProvider:int8"


def test_bfloat16_is_said_and_close(make_card, squares: Path) -> None:
    if "bf16" not in precisions("openvino"):
        pytest.skip("this processor has no bfloat16")
    batch = np.random.default_rng(0).random((1, 3, 96, 128), dtype=np.float32)
    session = open_session(squares, make_card(), "openvino", 1, 1, precision="bf16")
    assert session.backend == "openvino:CPU:bf16"
    plain = open_session(squares, make_card(), "openvino", 1, 1, precision="f32").run(batch)[0]
    assert session.run(batch)[0][:, 4:] == pytest.approx(plain[:, 4:], abs=0.01)


@pytest.mark.parametrize(
    ("flags", "found"), [({"avx512f"}, False), ({"avx512_bf16"}, True), ({"amx_bf16"}, True)]
)
def test_emulated_bfloat16_does_not_count(monkeypatch, flags: set[str], found: bool) -> None:
    class Core:
        def get_property(self, *_: str) -> list[str]:
            return ["FP32", "BF16"]

    monkeypatch.setattr(openvino_session.openvino, "Core", Core)
    monkeypatch.setattr(openvino_session, "processor", lambda: ("", frozenset(flags)))
    native = openvino_session.native_precisions.__wrapped__()
    assert native == (("f32", "bf16") if found else ("f32",))


def test_engines_of_onnx_runtime_have_fixed_precisions() -> None:
    assert precisions("tensorrt") == ("fp16", "f32")
    assert sessions.ONNX_PRECISIONS["onnxruntime"][0] == "f32"
