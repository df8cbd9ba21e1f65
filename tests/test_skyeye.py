"""The front door: every command is there, and a user's mistake is one line."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import api
import benchmarks
import models
import skyeye
import streams
import vision

ROOT = Path(__file__).parents[1]


def run(*arguments, cwd=ROOT):
    command = [sys.executable, str(ROOT / "skyeye.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60)


def test_every_room_is_ours():
    for room in (vision, models, streams, api, benchmarks):
        assert Path(room.__file__).is_relative_to(ROOT)


@pytest.mark.slow
def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in skyeye.COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["verify", "no-such-packet"], "no-such-packet"),
        (["run", "no-such-site.toml"], "no-such-site.toml"),
        (["cameras", "list", "--data", "no-such-folder"], "no-such-folder"),
        (["models", "show", "no-such-model"], "no-such-model"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_a_mistake_is_told_in_a_line_with_exit_code_2(arguments, named, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_key_is_named_with_file_and_line(tmp_path):
    camera = tmp_path / "camera.toml"
    camera.write_text('id = "a"\nname = "A"\nuri = "a.mp4"\nlook_intervall_s = 2\n')
    done = run("cameras", "try", str(camera))
    assert done.returncode == 2
    assert f"{camera}:4: look_intervall_s: unknown key" in done.stderr


def test_lower_rooms_are_brought_the_pictures_of_a_higher_one(monkeypatch):
    context = SimpleNamespace(obj=None)
    skyeye.bring_samples(context)
    monkeypatch.setattr("api.demo.footage.BIKE", SimpleNamespace(fetch=lambda: "clip"))
    monkeypatch.setattr("api.demo.footage.pictures", lambda clip: iter(range(30)))
    assert context.obj() == [0, 12, 24]
