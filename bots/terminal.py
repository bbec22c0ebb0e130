"""The conversation in a terminal: ask, watch it being written, rate."""

import asyncio
import json
import sys
import unicodedata
from dataclasses import asdict
from typing import TextIO
from uuid import uuid4

from bots.messages import (
    Failed,
    Inbox,
    Incoming,
    MessageRef,
    Place,
    Reader,
    Refused,
    Reply,
    ReplyFeed,
    Sent,
    Snapshot,
    UnknownCompletion,
    Vote,
)
from bots.texts import say

PLATFORM = "terminal"


class NotWritten(Exception):
    """Raised when a request was refused or could not be written; the message is the reader's sentence."""


def reader_named(name: str, locale: str = "en") -> Reader:
    return Reader(PLATFORM, "", name, locale)


def printable(text: str) -> str:
    """The text without characters that would move the cursor or change colours."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


class Terminal:
    """One reader's conversation. `out` shows live text only if it is a terminal."""

    def __init__(self, inbox: Inbox, feed: ReplyFeed, reader: Reader, out: TextIO = sys.stdout) -> None:
        self._inbox = inbox
        self._feed = feed
        self._reader = reader
        self._out = out
        self._live = out.isatty()

    def quiet(self) -> None:
        """Show nothing while it is written."""
        self._live = False

    async def ask(
        self, text: str, *, key: str | None = None, form: str | None = None, again: int | None = None
    ) -> Reply:
        """Ask and wait for the whole text, showing it as it grows. Raises NotWritten."""
        place = Place(PLATFORM, "", self._reader.user)
        incoming = Incoming(
            f"terminal:{self._reader.user}:{key or uuid4().hex}",
            place,
            self._reader,
            text,
            form,
            again_of=again,
        )
        try:
            accepted = await asyncio.to_thread(self._inbox.ask, incoming)
        except Refused as refused:
            raise NotWritten(say(self._reader.locale, refused.reason, **refused.facts)) from None
        if not accepted.queued:
            sys.stderr.write(say(self._reader.locale, "waiting-for-broker") + "\n")
        return await self._watch(accepted.prompt_id)

    async def _watch(self, prompt_id: int) -> Reply:
        shown = ""
        async for event in self._feed.follow(prompt_id):
            match event:
                case Snapshot(text=text):
                    shown = self._show(shown, text)
                case Reply(text=text):
                    self._show(shown, text)
                    self._write("\n")
                    ref = MessageRef(PLATFORM, self._reader.user, str(prompt_id))
                    await asyncio.to_thread(
                        self._inbox.sent, Sent(prompt_id, ref, completion_id=event.completion_id, last=True)
                    )
                    return event
                case Failed(reason=reason):
                    raise NotWritten(say(self._reader.locale, reason, prompt=str(prompt_id)))
        raise NotWritten(say(self._reader.locale, "writing-failed", prompt=str(prompt_id)))

    def _show(self, shown: str, text: str) -> str:
        """Print what is new. A snapshot may be older than what is shown, or spell its end anew."""
        text = printable(text)
        if text.startswith(shown):
            self._write(text[len(shown) :])
            return text
        if shown.startswith(text):
            return shown
        self._write("\n" + text)
        return text

    def _write(self, text: str) -> None:
        if self._live:
            self._out.write(text)
            self._out.flush()

    async def converse(self, lines: TextIO) -> None:
        """Read requests, `+`, `-`, `again`, until the end of input."""
        last: Reply | None = None
        self._write(say(self._reader.locale, "terminal-welcome") + "\n")
        while True:
            self._write("\n› ")
            line = (await asyncio.to_thread(lines.readline)).removesuffix("\n")
            if line in {"", "q", "quit", "exit"}:
                return
            try:
                last = await self._answer(line, last)
            except NotWritten as refused:
                self._out.write(f"{refused}\n")

    async def _answer(self, line: str, last: Reply | None) -> Reply | None:
        if last is not None and line in {"+", "-"}:
            value = 1.0 if line == "+" else -1.0
            await asyncio.to_thread(
                self._inbox.rate, Vote(self._reader, value, "command", last.completion_id)
            )
            self._out.write(say(self._reader.locale, "rated-up" if value > 0 else "rated-down") + "\n")
            return last
        if last is not None and line == "again":
            return await self._printed(await self.ask("", again=last.completion_id))
        return await self._printed(await self.ask(line))

    async def _printed(self, reply: Reply) -> Reply:
        if not self._live:
            self._out.write(printable(reply.text) + "\n")
        self._out.write(f"  — {reply.form} · {reply.model_version} · no. {reply.completion_id}\n")
        return reply


def as_json(reply: Reply) -> str:
    """One object on one line, for scripts."""
    return json.dumps(asdict(reply), ensure_ascii=False)


def rate(inbox: Inbox, reader: Reader, completion_id: int, value: float | None) -> str:
    """Keep a verdict given by a script; the sentence to print. Raises NotWritten."""
    try:
        inbox.rate(Vote(reader, value, "command", completion_id))
    except UnknownCompletion:
        raise NotWritten(say(reader.locale, "unknown-completion")) from None
    return say(
        reader.locale, "rating-cleared" if value is None else "rated-up" if value > 0 else "rated-down"
    )
