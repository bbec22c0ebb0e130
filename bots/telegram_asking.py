"""Hand a reader's requests to the inbox, and have the answers brought to them."""

import asyncio
from dataclasses import replace

import structlog

from bots.courier import Courier
from bots.messages import Inbox, Incoming, Pending, Reader, Refused
from bots.readers import Readers
from bots.texts import placeholder, say

log = structlog.get_logger(__name__)


class Asking:
    """What all ways to ask have in common: commands, texts, buttons, inline messages."""

    def __init__(self, inbox: Inbox, readers: Readers, courier: Courier) -> None:
        self._inbox = inbox
        self._readers = readers
        self._courier = courier

    async def known(self, reader: Reader) -> Reader:
        """The reader with the language that they settled, if they did."""
        try:
            settings = await asyncio.to_thread(self._readers.settings, reader)
        except Exception:  # Then the platform's language must do.
            log.exception("a reader's language is not known")
            return reader
        return replace(reader, locale=settings.language) if settings.language else reader

    async def ask(self, incoming: Incoming) -> str | None:
        """Ask, once. Returns the sentence of a refusal."""
        incoming = replace(incoming, reader=await self.known(incoming.reader))
        locale = incoming.reader.locale
        try:
            accepted = await asyncio.to_thread(self._inbox.ask, incoming)
        except Refused as refused:
            return say(locale, refused.reason, **refused.facts)
        if accepted.new:
            pending = Pending(accepted.prompt_id, incoming.place, locale, incoming.reply_to)
            sentence = placeholder(locale, queued=accepted.queued, place=accepted.place)
            self._courier.start(pending, sentence)
        return None
