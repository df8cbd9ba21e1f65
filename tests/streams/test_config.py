"""Configuration: what people write is read, and what is wrong is named with its line."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from streams.config import (
    Camera,
    ConfigError,
    analysis_rules,
    dump_camera,
    load_camera,
    load_site,
    parse_camera,
)
from vision.rules.kinds import KINDS

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


def test_a_sub_stream_is_for_cameras_on_the_network():
    sub = CAMERA.replace('uri = "vtest.avi"', 'uri = "rtsp://c/101"\nlook_uri = "rtsp://c/102"')
    assert parse_camera(sub).look_uri == "rtsp://c/102"
    for uri in (
        'uri = "rtsp://c/101"\nlook_uri = "small.avi"',
        'uri = "a.avi"\nlook_uri = "rtsp://c"',
    ):
        with pytest.raises(ConfigError, match="both must be on the network"):
            parse_camera(CAMERA.replace('uri = "vtest.avi"', uri))


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


text = st.text(st.characters(codec="utf-8"), max_size=20)
name = text.filter(str.strip)
hours = st.fixed_dictionaries(
    {"hours": st.just(["mon-fri 07:00-21:00"])},
    optional={
        "exceptions": st.just(["2026-10-01 off"]),
        "timezone": st.sampled_from(["Europe/Berlin", "Asia/Shanghai"]),
    },
)


@st.composite
def zones(draw):
    """A rectangle with corners at tenths, so that it always has an area."""
    (x1, x2), (y1, y2) = (
        sorted(draw(st.lists(st.integers(0, 10), min_size=2, max_size=2, unique=True)))
        for _ in "xy"
    )
    corners = [(x1 / 10, y1 / 10), (x2 / 10, y1 / 10), (x2 / 10, y2 / 10), (x1 / 10, y2 / 10)]
    return {"name": draw(name), "kind": "no_parking", "polygon": corners, **draw(
        st.fixed_dictionaries({}, optional={"schedule": hours})
    )}  # fmt: skip


@st.composite
def cameras(draw):
    drawn = draw(st.lists(zones(), max_size=3, unique_by=lambda zone: zone["name"].strip()))
    rules = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(sorted(KINDS)),
            "zone": st.sampled_from([zone["name"] for zone in drawn] or ["none"]),
        },
        optional={
            "dwell_s": st.floats(0, 1e7),
            "min_count": st.integers(1, 99),
            "schedule": hours,
            "enabled": st.booleans(),
        },
    )
    fields = st.fixed_dictionaries(
        {"id": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True), "name": name},
        optional={
            "location": text,
            "device_number": text,
            "latitude": st.floats(-90, 90),
            "longitude": st.floats(-180, 180),
            "look_interval_s": st.floats(1e-3, 3600),
            "transport": st.sampled_from(["tcp", "udp"]),
            "loop": st.booleans(),
            "enabled": st.booleans(),
        },
    )
    uri = draw(st.sampled_from(["a.mp4", "rtsp://a:${P}@h/1?x='\"", "文件/视频.mp4"]))
    own = draw(st.lists(rules, max_size=3)) if drawn else []
    return Camera.model_validate({**draw(fields), "uri": uri, "zones": drawn, "rules": own})


@given(cameras())
def test_a_camera_survives_being_written(camera):
    written = dump_camera(camera)
    assert parse_camera(written) == camera
    assert dump_camera(parse_camera(written)) == written


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dwell_s = 20", "dwel_s = 20", "cam:18: rules[0].dwel_s: unknown key"),
        ("dwell_s = 20", "dwell_s = -1", "cam:18: rules[0].dwell_s: "),
        ("[1.0, 0.20]", "[1.2, 0.20]", "cam:5: zones[0]: zone 'double yellow': point [1.2, 0.2]"),
        ("[1.0, 0.20], [0.83, 0.20]", "[0.83, 0.20], [1.0, 0.20]", "not a simple polygon"),
        ("[1.0, 0.20], [0.83, 0.20]", "[0.83, 0.20], [1.0, 0.20]", "cam:5: zones[0]: zone 'doub"),
        ("[[0, 0], [0.1, 0], [0.1, 0.1]]", "[[0, 0], [1, 1]]", "needs at least 3 points, has 2"),
        ("[[0, 0], [0.1, 0], [0.1, 0.1]]", "[[0, 0], 1]", "cam:13: zones[1].polygon[1]: "),
        ("[0.1, 0.1]]", "[nan, 0.1]]", "cam:13: zones[1].polygon[2][0]: Input should be a finite"),
        ('kind = "bike_bay"', 'colour = "red"', "cam:10: zones[1].kind: this key is missing"),
        ('kind = "bike_bay"', 'colour = ""\nkind = "x"', "cam:12: zones[1].colour: unknown key"),
        ('name = "South gate 南门"', 'name = " "', "cam:2: name: "),
        ('uri = "vtest.avi"', 'uri = " "', "cam:3: uri: the camera needs a uri"),
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
    site.write_text(f'camera_files = ["{tmp_path}/cams/?.toml"]\ndata_dir = "/srv/data"\n')
    loaded = load_site(site)
    assert [camera.id for camera in loaded.cameras] == ["vtest"]
    assert loaded.data_dir == Path("/srv/data")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('camera_files = ["none/*.toml"]', "site.toml:1: camera_files: no file matches"),
        ('camera_files = ["a.toml", "b.toml"]', "two cameras have the id 'vtest'"),
        ("max_batch = 0", "site.toml:1: max_batch: "),
        ('camera_files = [""]', "site.toml:1: camera_files[0]: "),
        ('timezone = "Mars"', "site.toml:1: timezone: time zone 'Mars' is unknown: use a name"),
        ('timezone = "../x"', "site.toml:1: timezone: time zone '../x' is unknown"),
        (
            '[[cameras]]\nid="a"\nname="a"\nuri="a"\n[[cameras]]\nid="b"\nname="b"\nuri="b"\n'
            '[[cameras.zones]]\nname="z"\nkind="k"\npolygon=[[0,0],[2,0],[0,1]]',
            "site.toml:9: cameras[1].zones[0]: zone 'z': point [2.0, 0.0] is outside the picture",
        ),
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
