from pathlib import Path

import numpy as np
import pytest

from models import session as sessions
from models.inputs import Inputs, ModelError, chunks, joined
from models.session import BackendError, available_backends, open_session
from models.tuning import Setup
from tests.models import tiny_onnx

CPU_BACKENDS = ("openvino", "onnxruntime")


def batch_of(n: int) -> np.ndarray:
    return np.random.default_rng(n).random((n, 3, 96, 128), dtype=np.float32)


def expected(batch: np.ndarray) -> np.ndarray:
    """The square finder's scores: means of the first and third channel over each cell."""
    n, _, height, width = batch.shape
    cells = batch.reshape(n, 3, height // 16, 16, width // 16, 16).mean(axis=(3, 5))
    return cells[:, [0, 2]].reshape(n, 2, -1)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("threads", [1, 2])
def test_scores_are_right_for_every_batch_size(
    make_card, squares: Path, backend: str, threads: int
) -> None:
    session = open_session(squares, make_card(), backend, threads, max_batch=4)
    for n in (1, 2, 3, 4):
        (out,) = session.run(batch_of(n))
        assert out.shape == (n, 6, 48)
        assert out[:, 4:] == pytest.approx(expected(batch_of(n)), abs=1e-5)


def test_backends_agree(make_card, squares: Path) -> None:
    outs = [
        open_session(squares, make_card(), backend, 2, 4).run(batch_of(4))[0]
        for backend in CPU_BACKENDS
    ]
    assert outs[0] == pytest.approx(outs[1], abs=1e-5)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_a_batch_gives_what_its_pictures_give_one_by_one(
    make_card, squares: Path, backend: str
) -> None:
    session = open_session(squares, make_card(), backend, 2, 4)
    batch = batch_of(4)
    together = session.run(batch)[0]
    alone = np.concatenate([session.run(batch[i : i + 1])[0] for i in range(4)])
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("fixed", [1, 2])
def test_a_network_of_fixed_batch_takes_any_number(
    make_card, tmp_path: Path, backend: str, fixed: int
) -> None:
    path = tiny_onnx.write(tmp_path / "fixed.onnx", (128, 96), batch=fixed)
    session = open_session(path, make_card(), backend, 2, max_batch=5)
    for n in (1, 3, 5):
        (out,) = session.run(batch_of(n))
        assert out[:, 4:] == pytest.approx(expected(batch_of(n)), abs=1e-5)


def test_outputs_stay_when_the_next_batch_runs(make_card, squares: Path) -> None:
    for backend in CPU_BACKENDS:
        session = open_session(squares, make_card(), backend, 1, 2)
        (first,) = session.run(batch_of(2))
        kept = first.copy()
        session.run(np.zeros((2, 3, 96, 128), np.float32))
        assert (first == kept).all(), backend


def test_auto_takes_the_fastest_and_says_which(make_card, squares: Path) -> None:
    session = open_session(squares, make_card(), "auto", 1, 1)
    assert available_backends()[0] == "openvino"  # no GPU build is in the lock file
    assert session.backend == "openvino:CPU"
    assert session.max_batch == 1
    assert session.input_wh == (128, 96)
    named = open_session(squares, make_card(), "onnxruntime", 1, 1)
    assert named.backend == "onnxruntime:CPUExecutionProvider"


def test_providers_decide_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    providers = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(sessions.onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(sessions.importlib.util, "find_spec", lambda name: None)
    assert available_backends() == ("tensorrt", "cuda", "onnxruntime")


@pytest.mark.parametrize("backend", ["cuda", "tensorrt"])
def test_an_absent_backend_is_refused_with_what_there_is(
    make_card, squares: Path, backend: str
) -> None:
    with pytest.raises(BackendError, match=rf"'{backend}' is not on this machine, which has open"):
        open_session(squares, make_card(), backend)


def test_an_unknown_backend_is_refused(make_card, squares: Path) -> None:
    with pytest.raises(BackendError, match=r"'npu'; choose auto, tensorrt"):
        open_session(squares, make_card(), "npu")


def test_auto_passes_over_an_engine_that_does_not_start(
    make_card, squares: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(setup: Setup, *rest: object) -> sessions.Session:
        if setup.backend == "cuda":
            raise BackendError("no device")
        return start(setup, *rest)

    start = sessions._open
    monkeypatch.setattr(sessions, "_open", refuse)
    monkeypatch.setattr(sessions, "available_backends", lambda: ("cuda", "onnxruntime"))
    assert open_session(squares, make_card(), "auto", 1, 1).backend.startswith("onnxruntime")
    with pytest.raises(BackendError, match="cuda: no device"):
        open_session(squares, make_card(), "cuda", 1, 1)


@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_a_provider_that_silently_falls_back_is_noticed(
    make_card, squares: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "available_backends", lambda: ("cuda",))
    with pytest.raises(BackendError, match="CUDAExecutionProvider is installed but did not start"):
        open_session(squares, make_card(), "cuda", 1, 1)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_a_file_that_is_no_model_is_refused(make_card, tmp_path: Path, backend: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(BackendError, match=r"cannot run model 'squares'.*model\.onnx"):
        open_session(path, make_card(), backend)


def test_onnx_runtime_says_that_it_reads_onnx_only(make_card, tmp_path: Path) -> None:
    path = tmp_path / "model.pdiparams"
    with pytest.raises(BackendError, match="use openvino"):
        open_session(path, make_card(), "onnxruntime")


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_a_card_of_another_size_is_refused(make_card, squares: Path, backend: str) -> None:
    with pytest.raises(ModelError, match=r"3 x 96 x 128.*its card says 3 x 64 x 64"):
        open_session(squares, make_card(input_wh=(64, 64)), backend)


@pytest.mark.parametrize(
    "shapes",
    [
        {},
        {"a": (1, 3, 8, 8), "b": (1, 3, 8, 8)},
        {"a": (1, 3, 8, 8), "orig_size": (1, 2)},
        {"a": (1, 4, 8, 8)},
        {"a": (1, 8, 8, 3)},
    ],
)
def test_inputs_that_nobody_can_feed_are_refused(shapes: dict) -> None:
    with pytest.raises(ModelError):
        Inputs.of(shapes, (8, 8))


def test_a_scale_factor_is_fed_with_ones() -> None:
    inputs = Inputs.of({"scale_factor": (1, 2), "image": (None, 3, 8, 8)}, (8, 8))
    assert inputs.image == "image"
    assert inputs.constants["scale_factor"].tolist() == [[1, 1]]
    assert Inputs.of({"image": ("n", 3, "h", "w")}, (8, 8)).constants == {}


def test_a_vocabulary_is_fed_whole_and_only_to_a_network_that_takes_one() -> None:
    given = {"vectors": np.ones((5, 4), np.float32)}
    takes = Inputs.of({"image": (1, 3, 8, 8), "vectors": ("v", 4)}, (8, 8), given)
    assert takes.constants["vectors"] is given["vectors"]
    with pytest.raises(ModelError, match="vectors"):
        Inputs.of({"image": (1, 3, 8, 8)}, (8, 8), given)
    with pytest.raises(ModelError, match="vectors"):
        Inputs.of({"image": (1, 3, 8, 8), "vectors": ("v", 4)}, (8, 8))


def test_filler_never_shows() -> None:
    parts = chunks(np.ones((3, 1), np.float32), 2)
    assert [part.tolist() for part in parts] == [[[1], [1]], [[1], [0]]]
    (out,) = joined([[part] for part in parts], 3, 2)
    assert out.tolist() == [[1], [1], [1]]
