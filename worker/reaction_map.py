"""What readers' reactions are worth, as an operator lists them. Pure."""

from collections.abc import Mapping
from typing import Final

_ALLOWED: Final = "allowed are pairs parted by commas, such as '👍=1, 🤔=-0.5, +1=1', from -1 to 1"
_VARIATION_SELECTOR = "\ufe0f"  # Some keyboards append it to the heart.


def read_reactions(text: str | None) -> Mapping[str, float]:
    """Values by reaction: an emoji as on Telegram, or a name as in Slack. Raises ValueError."""
    pairs = [part.strip() for part in (text or "").split(",")]
    return dict(_pair(pair) for pair in pairs if pair)


def of_slack(values: Mapping[str, float]) -> Mapping[str, float] | None:
    """Those with a name; None if there are none: then the usual ones count."""
    return {name: value for name, value in values.items() if name.isascii()} or None


def of_telegram(values: Mapping[str, float]) -> Mapping[str, float] | None:
    """Those that are an emoji; None as above."""
    return {emoji: value for emoji, value in values.items() if not emoji.isascii()} or None


def _pair(text: str) -> tuple[str, float]:
    reaction, equals, worth = (part.strip() for part in text.rpartition("="))
    reaction = reaction.strip(":").rstrip(_VARIATION_SELECTOR)  # Slack writes ":+1:".
    try:
        value = float(worth)
    except ValueError:
        raise ValueError(_ALLOWED) from None
    if not (equals and reaction and value and -1 <= value <= 1):  # Nothing is worth 0: it is left out.
        raise ValueError(_ALLOWED)
    return reaction, value
