"""What settings are called in the environment."""

from typing import Any

from pydantic import AliasChoices, Field

PREFIX = "RHAPSODE_"


def variable_of(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def customary(name: str, description: str) -> Any:
    """A secret that is also accepted under the platform's customary name."""
    own = PREFIX + (name if name != "TELEGRAM_BOT_TOKEN" else "TELEGRAM_TOKEN")
    return Field(default=None, validation_alias=AliasChoices(own, name), description=description)
