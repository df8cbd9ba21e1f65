"""`skyeye outbound`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.outbound.commands import app
from api.outbound.tables import DeadLetter
from api.outbound.targets import find_target
from api.store.database import Store
from tests.api.conftest import Made
from tests.api.outbound.receiver import allow_loopback

WEBHOOK = 'kind = "webhook"\nurl = "http://127.0.0.1:9/"\n'


def run(made: Made, *words: str) -> tuple[int, str, str]:
    """Exit code, output and what went wrong."""
    result = CliRunner().invoke(app, [*words, "--data", str(made.data_dir)])
    return result.exit_code, result.output, str(result.exception or "")


@pytest.fixture
def file(made: Made, tmp_path: Path) -> Path:
    allow_loopback(made.data_dir)
    path = tmp_path / "city.toml"
    path.write_text(WEBHOOK, encoding="utf-8")
    return path


def test_a_target_from_a_file_and_its_dead_letters(made: Made, file: Path, store: Store) -> None:
    code, text, _ = run(made, "set", "city", str(file), "--from-beginning")
    assert code == 0
    assert "shown this once: whsec_" in text
    code, text, _ = run(made, "set", "city", str(file))
    assert "whsec_" not in text
    with store.writing() as sql:
        letter = DeadLetter(
            target_id=find_target(sql, "city").id, line_id=1, case_id="c-1", reason="refused",
            error="no such district", tries=5, died_s=1.0,
        )  # fmt: skip
        sql.add(letter)
    _, text, _ = run(made, "dead", "city")
    assert "refused" in text
    assert "district" in text
    assert run(made, "replay", "city")[1].startswith("1 dead letters of city")
    with store.reading() as sql:
        assert sql.get_one(DeadLetter, (1, 1)).replay_s is not None
    assert "paused" in run(made, "pause", "city")[1]
    assert "paused" in run(made, "list")[1]
    assert "goes on" in run(made, "resume", "city")[1]
    with store.reading() as sql:
        assert find_target(sql, "city").paused_s is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WEBHOOK + "x = 1\n", "city.toml: x: "),
        ('kind = "webhook"\n', "city.toml: url: "),
        ("kind = 'fax'\n", "city.toml: "),
        ("kind", "city.toml: "),
        ('kind = "webhook"\nurl = "http://10.0.0.1/"\n', "outbound.toml"),
        (WEBHOOK + "secrets = 1\n", "secrets: a table of texts"),
    ],
)
def test_files_that_are_wrong(made: Made, file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    code, _, error = run(made, "set", "city", str(file))
    assert code == 1
    assert message in error


def test_names_that_are_not_there(made: Made, tmp_path: Path) -> None:
    assert "skyeye outbound list" in run(made, "dead", "city")[2]
    result = CliRunner().invoke(app, ["list", "--data", str(tmp_path / "nothing")])
    assert "skyeye serve" in str(result.exception)
    assert "nope.toml" in run(made, "set", "city", str(tmp_path / "nope.toml"))[2]
