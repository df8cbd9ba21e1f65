"""`exports.toml` of a data folder: what is printed on exported evidence."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from pydantic import Field, field_validator

from api.toml_files import Part, read_file

FILE_NAME = "exports.toml"


class ExportSettings(Part):
    """`bureau` stands at the head of each page; `verify_url` is where anybody can check a case.

    In `verify_url` {number} and {manifest_sha256} are replaced; without one the QR code holds
    number, hash and key as text.
    """

    bureau: str = Field(default="", max_length=60)
    verify_url: str = Field(default="", max_length=300)

    @field_validator("verify_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("it is no address of the form http://… or https://…")
        return url

    def check_text(self, number: str, manifest_sha256: str, key_id: str | None) -> str:
        """What the QR code of a case says."""
        if self.verify_url:
            url = self.verify_url.replace("{number}", quote(number, safe=""))
            return url.replace("{manifest_sha256}", manifest_sha256)
        lines = ["skyeye.case/1", f"number={number}", f"manifest_sha256={manifest_sha256}"]
        return "\n".join([*lines, *([f"key_id={key_id}"] if key_id else [])])


def load_export_settings(data_dir: Path) -> ExportSettings:
    """What a data folder says of it; raises ValueError naming file and key."""
    path = data_dir / FILE_NAME
    return read_file(path, ExportSettings) if path.is_file() else ExportSettings()
