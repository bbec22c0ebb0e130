"""Commands of a reader: chat and rate."""

import asyncio
import getpass
import locale
import sys
from typing import Annotated

import typer

from bots import terminal
from bots.messages import MOST_VARIANTS, Reader
from worker.parts import Parts
from worker.process_commands import parts_for

_VALUES = {"up": 1.0, "down": -1.0, "clear": None}
ReaderName = Annotated[
    str | None, typer.Option("--reader", help="Chat as this reader instead of the system user.")
]


def register(app: typer.Typer) -> None:
    app.command()(chat)
    app.command()(rate)


def chat(
    once: Annotated[str | None, typer.Option(help="Ask for one piece, print it and leave.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print one JSON object.")] = False,
    reader: ReaderName = None,
    key: Annotated[
        str | None, typer.Option(help="The request's identity: the same key is written once.")
    ] = None,
    form: Annotated[str | None, typer.Option(help="Write in this form, whatever the request says.")] = None,
    variants: Annotated[
        int, typer.Option(min=1, max=MOST_VARIANTS, help="With --once: texts to choose from.")
    ] = 1,
) -> None:
    """Ask for poems, stories, slogans … in this terminal."""
    parts = _quiet_parts()
    conversation = terminal.Terminal(parts.inbox, parts.feed, _reader(reader))
    try:
        if once is None:
            asyncio.run(conversation.converse(sys.stdin))
            return
        if as_json:
            conversation.quiet()
        replies = asyncio.run(conversation.ask_for(once, key=key, form=form, variants=variants))
        if as_json:
            typer.echo(terminal.as_json(replies))
        else:
            shown = 1 if sys.stdout.isatty() else 0  # On a terminal the first was shown as it was written.
            typer.echo(
                "\n\n".join(terminal.printable(reply.text) for reply in replies[shown:]),
                nl=bool(replies[shown:]),
            )
    finally:
        parts.close()


def rate(
    completion_id: Annotated[int, typer.Argument(help="The number under the piece.")],
    verdict: Annotated[str, typer.Argument(help="up, down or clear.")],
    reader: ReaderName = None,
) -> None:
    """Rate a completion: up, down or clear."""
    if verdict not in _VALUES:
        raise terminal.NotWritten(f"{verdict!r} is no verdict: say up, down or clear")
    parts = _quiet_parts()
    try:
        typer.echo(terminal.rate(parts.inbox, _reader(reader), completion_id, _VALUES[verdict]))
    finally:
        parts.close()


def _quiet_parts() -> Parts:
    """Log lines would run through the text."""
    return parts_for("chat", log_level="error")


def _reader(name: str | None) -> Reader:
    language, _ = locale.getlocale()
    return terminal.reader_named(name or getpass.getuser(), language or "en")
