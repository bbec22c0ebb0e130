"""The conversation in a terminal: ask, watch it being written, rate."""

import asyncio
import json
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
    Variants,
    Vote,
)
from bots.texts import placeholder, say

PLATFORM = "terminal"
_SOME = 3  # Variants, where no number is given.


class NotWritten(Exception):
    """Raised when a request was refused or could not be written; the message is the reader's sentence."""


def reader_named(name: str, locale: str = "en") -> Reader:
    return Reader(PLATFORM, "", name, locale)


def printable(text: str) -> str:
    """The text without characters that would move the cursor or change colours."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


@dataclass(slots=True)
class _Shown:
    """What was written last: the piece that is rated and followed up, and the variants it was chosen from."""

    replies: tuple[Reply, ...]
    meant: Reply

    def numbered(self, number: str) -> Reply:
        """The variant of that number, or the piece itself for none. Raises UnknownCompletion."""
        if not number:
            return self.meant
        if int(number) > len(self.replies):
            raise UnknownCompletion(number)
        return self.replies[int(number) - 1]


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
        return (await self.ask_for(text, key=key, form=form, again=again))[0]

    async def ask_for(
        self,
        text: str,
        *,
        key: str | None = None,
        form: str | None = None,
        again: int | None = None,
        after: int | None = None,
        variants: int = 1,
    ) -> tuple[Reply, ...]:
        """Ask for one text or several; `after` is the piece that came before. Raises NotWritten."""
        incoming = Incoming(
            f"terminal:{self._reader.user}:{key or uuid4().hex}",
            Place(PLATFORM, "", self._reader.user),
            self._reader,
            text,
            form,
            again_of=again,
            follow_up_of=after,
            answers=False,
            variants=variants,
        )
        try:
            accepted = await asyncio.to_thread(self._inbox.ask, incoming)
        except Refused as refused:
            raise NotWritten(say(self._reader.locale, refused.reason, **refused.facts)) from None
        if accepted.place or not accepted.queued:
            told = placeholder(self._reader.locale, queued=accepted.queued, place=accepted.place)
            sys.stderr.write(told + "\n")
        return await self._watch(accepted.prompt_id)

    async def _watch(self, prompt_id: int) -> tuple[Reply, ...]:
        shown = ""
        async for event in self._feed.follow(prompt_id):
            match event:
                case Snapshot(text=text):
                    shown = self._show(shown, text)
                case Reply(text=text):
                    self._show(shown, text)
                    self._write("\n")
                    await asyncio.to_thread(self._mark_shown, [event])
                    return (event,)
                case Variants(replies=replies):
                    self._show(shown, replies[0].text)
                    self._write("\n")
                    await asyncio.to_thread(self._mark_shown, replies)
                    return replies
                case Failed(reason=reason):
                    raise NotWritten(say(self._reader.locale, reason, prompt=str(prompt_id)))
        raise NotWritten(say(self._reader.locale, "writing-failed", prompt=str(prompt_id)))

    def _mark_shown(self, replies: Sequence[Reply]) -> None:
        for part, reply in enumerate(replies):
            message = f"{reply.prompt_id}.{reply.number}" if reply.of > 1 else str(reply.prompt_id)
            ref = MessageRef(PLATFORM, self._reader.user, message)
            last = part == len(replies) - 1
            self._inbox.sent(Sent(reply.prompt_id, ref, part, reply.completion_id, last))

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
        """Read requests, what is to become of the last piece, and the commands, until the end of input."""
        last: _Shown | None = None
        self._write(self._say("terminal-welcome") + "\n")
        while True:
            self._write("\n› ")
            line = (await asyncio.to_thread(lines.readline)).removesuffix("\n")
            if line in {"", "q", "quit", "exit"}:
                return
            try:
                last = await self._answer(line, last)
            except NotWritten as refused:
                self._out.write(f"{refused}\n")
            except UnknownCompletion:
                self._out.write(self._say("unknown-completion") + "\n")

    async def _answer(self, line: str, last: _Shown | None) -> _Shown | None:
        if last is not None and (tap := re.fullmatch(r"([+-])([1-9]?)", line)):
            await asyncio.to_thread(self._rate, last.numbered(tap[2]), 1.0 if tap[1] == "+" else -1.0)
            return last
        if last is not None and len(last.replies) > 1 and re.fullmatch(r"[1-9]", line):
            return await asyncio.to_thread(self._choose, last, last.numbered(line))
        if last is not None and line == "again":
            return self._printed(await self.ask_for("", again=last.meant.completion_id))
        if command := re.fullmatch(r"/variants(?:\s+([1-9]))?(?:\s+(.+))?", line):
            return await self._vary(int(command[1] or _SOME), command[2] or "", last)
        after = last.meant.completion_id if last is not None else None
        return self._printed(await self.ask_for(line, after=after))

    async def _vary(self, count: int, text: str, last: _Shown | None) -> _Shown:
        """Variants of a request, or else of the last piece."""
        again = last.meant.completion_id if last is not None and not text else None
        return self._printed(await self.ask_for(text, again=again, variants=count))

    def _rate(self, reply: Reply, value: float) -> None:
        self._out.write(rate(self._inbox, self._reader, reply.completion_id, value) + "\n")

    def _choose(self, last: _Shown, chosen: Reply) -> _Shown:
        self._inbox.prefer(self._reader, chosen.completion_id)
        self._out.write(self._say("chosen") + "\n")
        return _Shown(last.replies, chosen)

    def _printed(self, replies: tuple[Reply, ...]) -> _Shown:
        for reply in replies:
            if not self._live or reply.number > 1:  # The first was shown as it was written.
                self._out.write(printable(reply.text) + "\n")
            which = f"{reply.number}/{reply.of} · " if reply.of > 1 else ""
            facts = (reply.form, reply.mark, reply.model_version, f"no. {reply.completion_id}")
            self._out.write(f"  — {which}{' · '.join(filter(None, facts))}\n")
        if len(replies) > 1:
            self._out.write(self._say("terminal-choose", count=len(replies)) + "\n")
        return _Shown(replies, replies[-1])

    def _say(self, key: str, **facts: str | int) -> str:
        return say(self._reader.locale, key, **facts)


def as_json(replies: Sequence[Reply]) -> str:
    """One object on one line, for scripts. Variants are a list in it."""
    shown = [{k: v for k, v in asdict(reply).items() if k not in {"number", "of"}} for reply in replies]
    first, *more = shown
    whole = {"prompt_id": first["prompt_id"], "variants": shown} if more else first
    return json.dumps(whole, ensure_ascii=False)


def rate(inbox: Inbox, reader: Reader, completion_id: int, value: float | None) -> str:
    """Keep a verdict given by a script; the sentence to print. Raises NotWritten."""
    try:
        inbox.rate(Vote(reader, value, "command", completion_id))
    except UnknownCompletion:
        raise NotWritten(say(reader.locale, "unknown-completion")) from None
    return say(
        reader.locale, "rating-cleared" if value is None else "rated-up" if value > 0 else "rated-down"
    )
