"""How a site lets people in: `sign_in.toml` of its data folder, or these defaults."""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from api.outbound.guard import load_reach
from api.sign_in.roles import THREE, Role
from api.toml_files import Part, read_file

FILE_NAME = "sign_in.toml"
OTHERS = 0o077


class SecretError(OSError):
    """A secret cannot be read; the message names where it should be, never what is there."""


class OidcSettings(Part):
    """Single sign-on with an identity provider (OpenID Connect); see docs/security.md.

    The client secret is in the environment variable `client_secret_env` or in the file
    `client_secret_file` (relative to the data folder), never here. `roles` maps values of `claim`
    to roles; the first row that fits counts.
    """

    issuer: str = Field(pattern=r"^https?://")
    client_id: str = Field(min_length=1)
    client_secret_env: str | None = None
    client_secret_file: str | None = None
    redirect_uri: str = Field(pattern=r"^https?://[^?#]+/api/oidc/callback$")
    label: str = "SSO"
    scope: str = "openid profile"
    claim: str = "groups"
    roles: dict[str, Role] = {}  # noqa: RUF012 - pydantic copies it
    create_accounts: bool = False
    factor_methods: tuple[str, ...] = ("mfa", "otp", "hwk")
    """Values of `amr` that count as a second factor."""

    @model_validator(mode="after")
    def _has_one_secret(self) -> Self:
        if bool(self.client_secret_env) == bool(self.client_secret_file):
            raise ValueError("name client_secret_env or client_secret_file, one of them")
        return self

    @model_validator(mode="after")
    def _makes_whom_it_can(self) -> Self:
        if self.create_accounts and not self.roles:
            raise ValueError("create_accounts needs roles, so that new accounts have one")
        return self

    def client_secret(self, data_dir: Path) -> str:
        """The client's secret; raises SecretError."""
        if self.client_secret_env:
            return read_variable(self.client_secret_env)
        return read_secret_file(data_dir / str(self.client_secret_file))


class RateSettings(Part):
    """How many requests to the API a minute, sustained, and in one go.

    An office may share one address, so that an address has more than an account or a token.
    """

    account_per_min: float = Field(default=1200, gt=0)
    account_burst: int = Field(default=600, ge=1)
    address_per_min: float = Field(default=12_000, gt=0)
    address_burst: int = Field(default=6000, ge=1)


class SignInSettings(Part):
    """`sign_in.toml`; hours are of the clock on the wall.

    `small_office` lets one account hold all three administrators' duties (role `admin`).
    """

    small_office: bool = True
    second_factor: tuple[Role, ...] = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
    idle_h: float = Field(default=12, gt=0, le=24 * 7)
    longest_h: float = Field(default=168, gt=0, le=24 * 31)
    longest_token_days: float = Field(default=366, gt=0, le=3660)
    hsts_days: float = Field(default=365, ge=0)
    rates: RateSettings = RateSettings()
    oidc: OidcSettings | None = None

    @property
    def idle_s(self) -> float:
        """A login that is not used for so long ends."""
        return self.idle_h * 3600

    @property
    def longest_s(self) -> float:
        """A login ends after so long in any case."""
        return self.longest_h * 3600

    def may_be(self, role: Role) -> bool:
        """Whether an account may have a role here."""
        return self.small_office or not role.duties >= THREE


def load_settings(data_dir: Path) -> SignInSettings:
    """What a data folder says of it; raises ValueError naming file and key."""
    path = data_dir / FILE_NAME
    settings = read_file(path, SignInSettings) if path.is_file() else SignInSettings()
    if settings.oidc:
        load_reach(data_dir)  # what is wrong with it is told now
    return settings


def read_variable(name: str) -> str:
    """A secret from the environment."""
    if not (secret := os.environ.get(name, "")):
        raise SecretError(f"the environment variable {name} is not set: put the secret there")
    return secret


def read_secret_file(path: Path) -> str:
    """A secret from a file that only its owner may read."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & OTHERS:
            raise SecretError(
                f"{path} can be read by others (mode {mode:04o}): `chmod 600 {path}`, and change "
                "the secret if somebody may have read it"
            )
        secret = path.read_text(encoding="utf-8").strip()
    except SecretError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SecretError(f"{path} cannot be read: {reason}") from None
    if not secret:
        raise SecretError(f"{path} is empty: put the secret there")
    return secret
