"""Texts from outside that a database can keep."""

from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """Refuse what no database keeps: a zero character, and half of a pair of surrogates."""
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("it has a character that cannot be kept")
    return text


Text = Annotated[str, AfterValidator(storable)]
