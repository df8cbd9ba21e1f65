"""The evidence of a case on paper: masked, signed, the same each time, and open about lacks."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.app import create_app
from api.custody.mask_desk import MaskDesk
from api.custody.masking import Job, mask_packet
from api.exports.settings import load_export_settings
from api.follow_up.tables import CaseLook
from api.store.database import Store
from api.store.tables import Case
from tests.api.conftest import Made
from tests.api.custody.fakes import MODELS, StreetFinder, open_nothing

PDF = "案件证据材料.pdf"
WHY = {"reason": "移送法制审核"}


def mask(made: Made, number: int = 0) -> Path:
    """Make the masked copies of a packet; where they are."""
    packet = made.packet(number)
    name = packet.relative_to(made.data_dir / "packets")
    copies = made.data_dir / "viewing" / name / "own_plate"
    copies.parent.mkdir(parents=True, exist_ok=True)
    mask_packet(Job(packet, copies, keep_plate=True), StreetFinder(), MODELS)
    return copies


def export(client: TestClient, made: Made) -> dict[str, bytes]:
    """The files of an exported case, without their folder."""
    answer = client.post(f"/api/cases/{made.violations[0].id}/export", json=WHY)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def words(pdf: bytes, tmp_path: Path) -> str:
    """The text of a PDF; skips where nothing reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext command (poppler-utils) here")
    path = tmp_path / "case.pdf"
    path.write_bytes(pdf)
    command = ["pdftotext", "-layout", str(path), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_holds_masked_pictures_and_no_originals(officer: TestClient, made: Made) -> None:
    copies = mask(made)
    files = export(officer, made)
    assert set(files) == {
        PDF, "README.txt", "public-key.pem", "masking.json", "manifest.json", "signature.json",
        "export.json", *(f"pictures/{name}.jpg" for name in ("start", "later", "closeup")),
    }  # fmt: skip
    assert files["pictures/start.jpg"] == (copies / "start.masked.jpg").read_bytes()
    originals = [path.read_bytes() for path in made.packet(0).glob("*.jpg")]
    for data in files.values():
        assert not any(original in data for original in originals)
    assert (copies / "start.masked.jpg").read_bytes() in files[PDF]
    assert b"NotoSerifSC" in files[PDF]


def test_the_same_case_gives_the_same_bytes(officer: TestClient, made: Made) -> None:
    mask(made)
    assert export(officer, made) == export(officer, made)


def test_without_masked_copies_nothing_is_exported(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.custody.opening.MaskDesk", lambda: MaskDesk(open_nothing))
    with TestClient(create_app(made.data_dir), headers=made.bearer("officer")) as client:
        answer = client.post(f"/api/cases/{made.violations[0].id}/export", json=WHY)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:skyeye:not_masked"
    assert "there is no masked copy, so nothing is shown" in answer.json()["detail"]


def test_what_is_exported_is_signed_as_its_readme_says(
    officer: TestClient, made: Made, tmp_path: Path
) -> None:
    if not all(map(shutil.which, ("openssl", "sed", "xxd"))):
        pytest.skip("openssl, sed or xxd is not here")
    mask(made)
    files = export(officer, made)
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    told = json.loads(files["export.json"])
    assert told["files"] == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "export.json"
    }
    for language in files["README.txt"].decode().split("-" * 72):
        lines = language.splitlines()
        first = next(n for n, line in enumerate(lines) if line.strip().startswith("sed '/"))
        for name in ("export.json", "signature.json"):
            script = "\n".join(lines[first : first + 4]).replace("export.json", name)
            run = subprocess.run(
                ["sh", "-ec", script], cwd=tmp_path, capture_output=True, text=True
            )
            assert "Signature Verified Successfully" in run.stdout, run.stderr
        assert told["manifest_sha256"] in language
        assert told["key_id"] in language


def test_what_the_paper_says(officer: TestClient, made: Made, tmp_path: Path) -> None:
    (made.data_dir / "exports.toml").write_text(
        'bureau = "平湖市综合行政执法局"\nverify_url = "https://example.cn/v?n={number}"\n'
    )
    mask(made)
    case = officer.get(f"/api/cases/{made.violations[0].id}").json()
    note = "现场核实，😀 车主不在。" * 3
    step = {"version": case["version"], "verdict": "confirmed", "note": note}
    assert officer.post(f"/api/cases/{case['id']}/verdict", json=step).status_code == 200
    text = words(export(officer, made)[PDF], tmp_path)
    flat = "".join(text.split())
    for wanted in (
        "平湖市综合行政执法局", case["number"], "机动车违停", "当湖街道解放西路88号",
        "33048200000001", "南侧黄线禁停区", "开始全景", "后续全景", "特写", "人脸1处", "立案",
        "officer", "取证要求符合情况", "不符合", "校验通过", case["manifest_sha256"], "SM3",
        "第1页/共", "未取得可信时间戳", "现场核实，〓", "U+1F600",
    ):  # fmt: skip
        assert "".join(wanted.split()) in flat, wanted
    signed = json.loads((made.packet(0) / "signature.json").read_bytes())
    assert signed["key_id"] in flat
    parts = json.loads((made.packet(0) / "manifest.json").read_bytes())["files"].values()
    assert all(part["sm3"] in flat for part in parts)


@pytest.mark.parametrize("damage", ["gone", "changed", "rubbish"])
def test_a_picture_that_cannot_be_shown_is_told(
    officer: TestClient, made: Made, tmp_path: Path, damage: str
) -> None:
    copies = mask(made)
    path = copies / "later.masked.jpg"
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:500])
    if damage == "rubbish":  # the note says that it is so
        told = json.loads((copies / "masking.json").read_bytes())
        told["files"]["later.jpg"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        (copies / "masking.json").write_text(json.dumps(told))
    files = export(officer, made)
    assert ("pictures/later.jpg" in files) == (damage == "rubbish")
    flat = "".join(words(files[PDF], tmp_path).split())
    said = {"gone": "遮盖副本无法读取", "changed": "遮盖副本已损坏", "rubbish": "图片文件已损坏"}
    assert said[damage] in flat


def test_evidence_that_was_tampered_with_says_so(
    officer: TestClient, made: Made, tmp_path: Path
) -> None:
    mask(made)
    path = made.packet(0) / "start.jpg"
    path.write_bytes(path.read_bytes() + b"x")
    flat = "".join(words(export(officer, made)[PDF], tmp_path).split())
    assert "校验未通过" in flat
    assert "start.jpgwasaltered" in flat
    assert "校验通过" not in flat


def test_a_manifest_that_was_tampered_with_breaks_nothing(
    officer: TestClient, made: Made, tmp_path: Path
) -> None:
    path = made.packet(0) / "manifest.json"
    path.write_text(path.read_text().replace("Asia/Shanghai", "Nowhere/../x"))
    mask(made)
    flat = "".join(words(export(officer, made)[PDF], tmp_path).split())
    assert "校验未通过" in flat
    assert "manifest.jsonwasaltered:clock.timezone" in flat


def test_pictures_of_another_look_are_exported_masked_too(
    officer: TestClient, made: Made, store: Store, tmp_path: Path
) -> None:
    mask(made)
    again = mask(made, 2)
    packet = made.packet(2).relative_to(made.data_dir / "packets").as_posix()
    with store.writing() as sql:
        sql.add(
            CaseLook(
                case_id=made.violations[0].id, round=1, look_id="x", action="remind", by="officer",
                started_s=0.0, due_s=0.0, attempt=1, state="gone", reason="", packet=packet,
            )
        )  # fmt: skip
    files = export(officer, made)
    assert files["pictures/look-1-later.jpg"] == (again / "later.masked.jpg").read_bytes()
    assert "look-1-later.jpg" in words(files[PDF], tmp_path)


def test_every_export_is_written_down(visitor: TestClient, made: Made) -> None:
    mask(made)
    visitor.headers.update(made.bearer("officer"))
    number = visitor.get(f"/api/cases/{made.violations[0].id}").json()["number"]
    export(visitor, made)
    visitor.headers.update(made.bearer("auditor"))
    (line,) = visitor.get("/api/audit", params={"action": "case.export"}).json()["items"]
    assert (line["actor"], line["subject"]) == ("officer", number)
    assert line["more"]["reason"] == WHY["reason"]


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "  x "}, {"reason": "\ud800ab"}, {"reason": "a\0b"}]
)
def test_a_reason_is_asked_for(officer: TestClient, made: Made, body: dict[str, str]) -> None:
    url = f"/api/cases/{made.violations[0].id}/export"
    answer = officer.post(url, content=json.dumps(body).encode())
    assert answer.status_code == 422


def test_settings_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    assert load_export_settings(tmp_path).bureau == ""
    (tmp_path / "exports.toml").write_text('verify_url = "javascript:x"\n')
    with pytest.raises(ValueError, match=r"exports\.toml: verify_url: it is no address"):
        load_export_settings(tmp_path)


def test_the_paper_tells_what_officers_saw(
    officer: TestClient, made: Made, store: Store, tmp_path: Path
) -> None:
    case_id = made.violations[0].id
    with store.writing() as sql:
        sql.execute(update(Case).where(Case.id == case_id).values(kind="zombie_vehicle"))
    mask(made)
    seen = {"version": 1, "verdict": "confirmed", "conditions": ["flat_tyre", "rubbish_under"]}
    assert officer.post(f"/api/cases/{case_id}/verdict", json=seen).status_code == 200
    flat = "".join(words(export(officer, made)[PDF], tmp_path).split())
    fact = re.search(r"人工所见轮胎瘪气、车底杂物（(.+?)，[\d:-]{18}，立案）", flat)
    assert fact
    assert "officer" in fact[1]
    assert "人工所见：轮胎瘪气、车底杂物" in flat
