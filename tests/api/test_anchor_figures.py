"""What the server tells of time stamps over the chain of evidence."""

from fastapi.testclient import TestClient

from tests.api.conftest import COUNT, Made


def test_without_an_authority_the_figures_say_so(admin: TestClient) -> None:
    figures = admin.get("/metrics").text
    assert f"skyeye_chain_packets {COUNT}.0" in figures
    assert "skyeye_chain_anchored_packets 0.0" in figures
    assert "skyeye_chain_anchoring 0.0" in figures
    assert "skyeye_chain_anchor_overdue 0.0" in figures
    assert "anchors" not in admin.get("/health").json()["checks"]


def test_settings_that_cannot_be_used_are_told(admin: TestClient, made: Made) -> None:
    (made.data_dir / "tsa.toml").write_text('url = "http://127.0.0.1:9/"\nroot = "gone.pem"\n')
    told = admin.get("/health").json()
    assert told["status"] == "degraded"
    assert "gone.pem cannot be read" in told["checks"]["anchors"]
    assert "skyeye_chain_" not in admin.get("/metrics").text
