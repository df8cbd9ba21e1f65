"""The second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

A code has six digits and is of one 30 s step; those of the step before and after are taken as
well, so clocks may be 30 s apart, and a code is good for 90 s at most. It is taken once: never
again a code of the same step or an earlier one. What the app and this server share is kept sealed,
recovery codes as hashes.
"""

import hmac
import re
import secrets
from dataclasses import dataclass

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.sign_in.passwords import hash_secret
from api.sign_in.tables import RecoveryCode, SecondFactor
from streams.sealing import Seals

STEP_S = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
ISSUER = "Skyeye"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the app is given, once: the secret as text, as an address, and that as a picture."""

    secret: str
    uri: str
    qr: str


def enrol(sql: Session, seals: Seals, account_id: int, username: str, now_s: float) -> Enrolment:
    """Begin anew with an app; it counts when a code of it was confirmed.

    Raises ValueError where one counts already: that has to be removed first.
    """
    if is_confirmed(sql, account_id):
        raise ValueError("there is an authenticator already: remove it first")
    sql.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    secret = pyotp.random_base32()
    sealed = seals.seal(secret, _purpose(account_id))
    row = SecondFactor(account_id=account_id, secret=sealed, created_s=now_s, last_step=0)
    row.confirmed_s = None
    sql.add(row)
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    qr = segno.make(uri, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return Enrolment(secret, uri, qr)


def confirm(
    sql: Session, seals: Seals, account_id: int, code: str, now_s: float
) -> list[str] | None:
    """Let the app count from now on, if its code is right; returns the recovery codes."""
    row = sql.get(SecondFactor, account_id)
    if row is None or row.confirmed_s is not None or not _takes(sql, seals, row, code, now_s):
        return None
    row.confirmed_s = now_s
    return renew_recovery_codes(sql, account_id)


def is_confirmed(sql: Session, account_id: int) -> bool:
    """Whether an account has a second factor that counts."""
    row = sql.get(SecondFactor, account_id)
    return row is not None and row.confirmed_s is not None


def check_code(sql: Session, seals: Seals, account_id: int, code: str, now_s: float) -> str | None:
    """`totp` or `recovery` if a code is right, which uses it up; None if it is not."""
    row = sql.get(SecondFactor, account_id)
    if row is None or row.confirmed_s is None:
        return None
    if _takes(sql, seals, row, code, now_s):
        return "totp"
    return "recovery" if _uses_recovery_code(sql, account_id, code, now_s) else None


def remove(sql: Session, account_id: int) -> None:
    """Take an account's second factor away, recovery codes included."""
    for table in (SecondFactor, RecoveryCode):
        sql.execute(delete(table).where(table.account_id == account_id))


def renew_recovery_codes(sql: Session, account_id: int) -> list[str]:
    """New recovery codes in place of all older ones; 79 bits each, shown once."""
    sql.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    texts = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    for text in texts:
        sql.add(RecoveryCode(hash=_recovery_hash(account_id, text), account_id=account_id))
    return ["-".join(text[i : i + 4] for i in range(0, 16, 4)) for text in texts]


def recovery_codes_left(sql: Session, account_id: int) -> int:
    """How many recovery codes are not used yet."""
    query = select(func.count()).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_s.is_(None)
    )
    return sql.scalar(query) or 0


def reseal(sql: Session, seals: Seals) -> int:
    """Seal every secret under the key in force; returns how many were not."""
    count = 0
    for row in sql.scalars(select(SecondFactor)):
        if not seals.is_current(row.secret):
            purpose = _purpose(row.account_id)
            row.secret = seals.seal(seals.open(row.secret, purpose), purpose)
            count += 1
    return count


def _takes(sql: Session, seals: Seals, row: SecondFactor, code: str, now_s: float) -> bool:
    """Whether a code is one of the app and was not used; it is from now on."""
    digits = re.sub(r"[\s-]", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return False
    totp = pyotp.TOTP(seals.open(row.secret, _purpose(row.account_id)))
    now_step = int(now_s // STEP_S)
    found = 0
    for step in range(now_step - DRIFT_STEPS, now_step + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    if found <= row.last_step:
        return False
    used = (
        update(SecondFactor)
        .where(SecondFactor.account_id == row.account_id, SecondFactor.last_step < found)
        .values(last_step=found)
    )
    return bool(sql.execute(used).rowcount)  # type: ignore[attr-defined]  # of a change it is there


def _uses_recovery_code(sql: Session, account_id: int, code: str, now_s: float) -> bool:
    text = re.sub(r"[\s-]", "", code).lower()
    used = (
        update(RecoveryCode)
        .where(RecoveryCode.hash == _recovery_hash(account_id, text))
        .where(RecoveryCode.account_id == account_id, RecoveryCode.used_s.is_(None))
        .values(used_s=now_s)
    )
    return bool(sql.execute(used).rowcount)  # type: ignore[attr-defined]


def _recovery_hash(account_id: int, text: str) -> str:
    return hash_secret(f"{account_id}:{text}")


def _purpose(account_id: int) -> str:
    return f"second factor of account {account_id}"
