"""The record of looks that measurements read."""

from streams.look_trace import VARIABLE, LookTrace
from streams.messages import FrameReady, Look, SlotRef
from vision.detections import Detections


def look(camera_id, captured_at, found=None):
    frame = FrameReady(camera_id, 0, 1, 0.0, captured_at, SlotRef("ring", 0, 1), 0.0, 0.0)
    return Look(frame, found or Detections.empty())


def test_every_look_is_a_line_where_the_environment_names_a_file(tmp_path, monkeypatch):
    path = tmp_path / "looks"
    monkeypatch.setenv(VARIABLE, str(path))
    trace = LookTrace.from_environment()
    trace.note(look("gate", 100.25), "")
    trace.note(look("wall", 101.0), "expired")
    lines = [line.split() for line in path.read_text().splitlines()]
    trace.close()
    assert [(line[0], line[1], line[3], line[4]) for line in lines] == [
        ("gate", "100.250", "seen", "0"),
        ("wall", "101.000", "expired", "0"),
    ]
    assert all(float(line[2]) > float(line[1]) for line in lines)


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    trace = LookTrace.from_environment()
    trace.note(look("gate", 1.0), "")
    trace.close()
    assert not list(tmp_path.iterdir())


def test_what_was_seen_stands_behind_how_much_it_was(tmp_path, monkeypatch):
    path = tmp_path / "looks"
    monkeypatch.setenv(VARIABLE, str(path))
    names = ("car", "traffic light")
    found = Detections.of([[1, 2, 3, 4.26], [5, 6, 7, 8]], [0.75, 0.5], [1, 0], names)
    trace = LookTrace.from_environment()
    trace.note(look("gate", 1.0, found), "")
    trace.close()
    assert path.read_text().split()[4:] == [
        "2",
        "traffic_light:0.750:1.0:2.0:3.0:4.3",
        "car:0.500:5.0:6.0:7.0:8.0",
    ]
