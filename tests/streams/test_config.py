"""Configuration: what people write is read, and what is wrong is named with its line."""

import pytest

from streams.config import (
    ConfigError,
    analysis_rules,
    dump_camera,
    load_camera,
    load_site,
    parse_camera,
)
from streams.uri import expand_uri, mask_uri

CAMERA = """\
id = "vtest"
name = "South gate 南门"
uri = "vtest.avi"

[[zones]]
name = "double yellow"
kind = "no_parking"
polygon = [[0.83, 0.05], [1.0, 0.05], [1.0, 0.20], [0.83, 0.20]]   # x, y, 0–1 of the picture

[[zones]]
name = "bays"
kind = "bike_bay"
polygon = [[0, 0], [0.1, 0], [0.1, 0.1]]

[[rules]]
kind = "illegal_parking"
zone = "double yellow"
dwell_s = 20

[[rules]]
kind = "stray_bikes"
zone = "double yellow"
schedule = {hours = ["daily 07:00-21:00"]}
"""


def test_the_documented_form_is_read():
    camera = parse_camera(CAMERA)
    parking, bikes = analysis_rules(camera)
    assert (camera.id, camera.name, camera.uri) == ("vtest", "South gate 南门", "vtest.avi")
    assert (parking.kind.name, parking.zone.name, parking.dwell_s) == (
        "illegal_parking",
        "double yellow",
        20,
    )
    assert parking.exempt == ()
    assert bikes.dwell_s == 600
    assert [zone.name for zone in bikes.exempt] == ["bays"]
    assert bikes.schedule.hours == ("daily 07:00-21:00",)


def test_a_camera_survives_being_written():
    camera = parse_camera(CAMERA)
    assert parse_camera(dump_camera(camera)) == camera


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dwell_s = 20", "dwel_s = 20", "cam:18: rules[0].dwel_s: unknown key"),
        ("dwell_s = 20", "dwell_s = -1", "cam:18: rules[0].dwell_s: "),
        ("[1.0, 0.20]", "[1.2, 0.20]", "cam:5: zones[0]: zone 'double yellow': point [1.2, 0.2]"),
        ("[1.0, 0.20], [0.83, 0.20]", "[0.83, 0.20], [1.0, 0.20]", "not a simple polygon"),
        (
            'kind = "illegal_parking"',
            'kind = "parking"',
            "cam:16: rules[0].kind: unknown violation",
        ),
        ('zone = "double yellow"', 'zone = "double"', "names the zone 'double', which"),
        ('name = "bays"', 'name = "double yellow"', "two zones are called 'double yellow'"),
        ('id = "vtest"', 'id = "../etc"', "cam:1: id: "),
        ('uri = "vtest.avi"', "", "uri: this key is missing"),
        ('uri = "vtest.avi"', 'uri = "ftp://x/y"', "cam:3: uri: ftp:// is not a camera address"),
        ("daily 07:00-21:00", "daily 7-21", "rules[1].schedule: opening hours 'daily 7-21'"),
        ('uri = "vtest.avi"', "uri = vtest.avi", "cam: not valid TOML: "),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old, new, message):
    with pytest.raises(ConfigError) as error:
        parse_camera(CAMERA.replace(old, new, 1), "cam")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_files_are_found_from_where_the_toml_is(tmp_path):
    (tmp_path / "cams").mkdir()
    (tmp_path / "cams" / "a.toml").write_text(CAMERA, encoding="utf-8")
    site = tmp_path / "site.toml"
    site.write_text('camera_files = ["cams/*.toml"]\ndata_dir = "data"\n')
    loaded = load_site(site)
    assert loaded.cameras[0].uri == str(tmp_path / "cams" / "vtest.avi")
    assert loaded.data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('camera_files = ["none/*.toml"]', "site.toml:1: camera_files: no file matches"),
        ('camera_files = ["a.toml", "b.toml"]', "two cameras have the id 'vtest'"),
        ("max_batch = 0", "site.toml:1: max_batch: "),
    ],
)
def test_a_wrong_site_is_named(tmp_path, text, message):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(CAMERA, encoding="utf-8")
    (tmp_path / "site.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_site(tmp_path / "site.toml")
    assert message in str(error.value)


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read .*none\.toml: No such file"):
        load_camera(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("name = 'é'".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_camera(tmp_path / "latin.toml")


def test_passwords_are_hidden_and_come_from_the_environment(monkeypatch):
    uri = "rtsp://admin:${CAM_PASSWORD}@10.0.0.1:554/ch/1?token=abc&x=1"
    assert mask_uri(uri) == "rtsp://***@10.0.0.1:554/ch/1?token=***&x=1"
    with pytest.raises(ValueError, match="needs the environment variable CAM_PASSWORD"):
        expand_uri(uri)
    monkeypatch.setenv("CAM_PASSWORD", "s3cret")
    assert "admin:s3cret@" in expand_uri(uri)
