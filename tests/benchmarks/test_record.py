import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import record


def test_an_envelope_names_everything_that_decided_a_figure() -> None:
    envelope = record.envelope({"x": 1}, data_sha256="d", model="m", sha256="s")
    assert envelope["result"] == {"x": 1}
    assert envelope["model"] == {"name": "m", "sha256": "s"}
    assert envelope["data_sha256"] == "d"
    assert set(envelope["code"]) == {"commit", "dirty"}
    assert envelope["hardware"]["cpu"]
    assert envelope["hardware"]["cores"] >= 1
    assert envelope["hardware"]["memory_bytes"] > 0
    assert {"onnxruntime", "openvino", "av"} <= set(envelope["versions"])
    assert envelope["at"].endswith("+00:00")
    json.dumps(envelope)


def test_the_data_hash_sees_names_and_contents_and_no_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "x.jpg", tmp_path / "y.txt"
    first.parent.mkdir()
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    whole = record.data_sha256(tmp_path, [first, second])
    assert whole == record.data_sha256(tmp_path, [second, first])
    moved = second.rename(tmp_path / "z.txt")
    assert record.data_sha256(tmp_path, [first, moved]) != whole
    back = moved.rename(second)
    back.write_bytes(b"3")
    assert record.data_sha256(tmp_path, [first, back]) != whole


def test_the_data_hash_does_not_depend_on_where_the_data_is(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a").write_bytes(b"1")
    here, there = (
        record.data_sha256(tmp_path / p, [tmp_path / p / "a"]) for p in ("here", "there")
    )
    assert here == there


def test_the_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    assert record.code(tmp_path) == {"commit": None, "dirty": None}
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    (tmp_path / "results").mkdir()
    for name in ("f", "results/g"):
        (tmp_path / name).write_text("1")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    clean = record.code(tmp_path)
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (tmp_path / "results" / "g").write_text("2")
    assert record.code(tmp_path)["dirty"] is False
    (tmp_path / "f").write_text("2")
    assert record.code(tmp_path)["dirty"] is True


def test_no_git_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert record.code(tmp_path) == {"commit": None, "dirty": None}


def test_a_record_appears_whole(tmp_path: Path) -> None:
    path = record.save("x", {"名": 1}, tmp_path / "results")
    assert json.loads(path.read_text(encoding="utf-8")) == {"名": 1}
    assert [p.name for p in path.parent.iterdir()] == ["x.json"]
