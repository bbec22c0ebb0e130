"""What came from Telegram already: a repeated tap must not take back what the first one said."""

from telegram import Update

REMEMBERED = 50_000  # Updates, the oldest forgotten first: hours of a busy bot.


class Seen:
    """Tells the first of several updates that say the same, also under different update numbers."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._known: dict[tuple[object, ...], None] = {}

    def first(self, update: Update) -> bool:
        known = identity(update)
        if known in self._known:
            return False
        self._known[known] = None
        if len(self._known) > self._remembered:
            del self._known[next(iter(self._known))]
        return True


def identity(update: Update) -> tuple[object, ...]:
    """Telegram's own identity of what an update tells."""
    if update.message:
        return "message", str(update.message.chat.id), str(update.message.message_id)
    if update.callback_query:
        return "tap", str(update.callback_query.id)
    if update.inline_query:
        return "inline", str(update.inline_query.id)
    return "update", str(update.update_id)
