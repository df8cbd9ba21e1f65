from dataclasses import replace
from pathlib import Path

from models.machine import Machine, gpus, this_machine


def test_this_machine_has_a_name_cores_and_engines() -> None:
    machine = this_machine()
    assert machine.cpu
    assert machine.cores >= 1
    assert {"onnxruntime", "openvino"} <= machine.engines.keys()


def test_the_key_changes_with_what_decides_speed() -> None:
    plain = Machine("Xeon", ("avx2",), 8, (), {"openvino": "1"})
    others = [
        replace(plain, cpu="EPYC"),
        replace(plain, flags=("avx2", "avx512_bf16")),
        replace(plain, cores=4),
        replace(plain, gpus=("NVIDIA L4",)),
        replace(plain, engines={"openvino": "2"}),
    ]
    assert len({machine.key for machine in (plain, *others)}) == 6
    assert replace(plain).key == plain.key


def test_gpus_are_named_as_their_driver_does(tmp_path: Path) -> None:
    assert gpus(tmp_path / "none") == ()
    card = tmp_path / "0000:01:00.0"
    card.mkdir()
    (card / "information").write_text("Model: \t\t NVIDIA L4\nIRQ:   35\n")
    assert gpus(tmp_path) == ("NVIDIA L4",)
