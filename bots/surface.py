"""What a courier asks of a place on a platform, and what it is told when that fails."""

from typing import Protocol

from bots.messages import Reply


class DeliveryFailed(Exception):
    """Raised by a surface when the platform did not take a message; worth another try.

    `retry_after`: seconds that the platform asks to be left alone, 0 if it does not say.
    """

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class MessageGone(Exception):
    """Raised by a surface when the message to edit no longer exists."""


class PlaceClosed(Exception):
    """Raised by a surface when nothing can be sent to this place any more."""


class CutAnew(Exception):
    """Raised by a surface that can show a part only in shorter ones, as `parts` cuts it from now on."""


class Surface(Protocol):
    """One place on a platform, as the courier sees it. Made anew for each prompt."""

    def parts(self, text: str) -> list[str]:
        """The text in messages that the platform takes whole."""

    async def hold(self, sentence: str) -> str:
        """Hold the answer's place. Returns the message that becomes the answer, "" if none does."""

    async def show(self, message: str, text: str) -> None:
        """Show the text so far, live, in the message that holds the place, or however the place shows it."""

    async def send(self, text: str, reply: Reply | None) -> str:
        """Send a new message, with rating buttons if `reply` is given. Returns its id. Raises CutAnew."""

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        """Change a message. The same text twice is no error. Raises MessageGone, CutAnew."""
