"""What one message of an answer in Slack is made of, in the layouts from the richest to the plainest."""

from typing import Any, Literal

from bots.messages import Reply
from bots.slack_blocks import (
    BELOW_LIMIT,
    Block,
    buttons,
    escape,
    fallback,
    small_line,
    stop_button,
    text_blocks,
)
from bots.texts import say

Layout = Literal["native", "plain", "spare", "bare"]
Content = dict[str, Any]

_UNOBEYED: Content = {"parse": "none", "link_names": False}


def layouts(reply: Reply | None, *, takes_blocks: bool, thumbs: bool) -> list[Layout]:
    """What to try in turn. `thumbs`: whether Slack's own pair may be taken.

    A piece without blocks cannot be rated by buttons: before it comes to that, they are tried in one small
    block, with everything else in words.
    """
    rich: list[Layout] = ["plain"] if takes_blocks else []
    if reply is None:
        return [*rich, "bare"]
    return [*(["native", *rich] if rich and thumbs else rich), "spare", "bare"]


def laid_out(text: str, reply: Reply | None, layout: Layout, locale: str, *, ai_notice: bool) -> Content:
    """A part of a piece. Its last part, which comes with `reply`, has a mark, a notice and buttons."""
    lines = _lines(reply, locale, ai_notice=ai_notice)
    if layout == "bare":
        return bare(_in_words(text, lines))
    rows = buttons(reply, locale, native=layout == "native") if reply else []
    if layout == "spare":
        return _with_blocks(_in_words(text, lines), rows)
    return _with_blocks(text, [*map(small_line, lines), *rows])


def live(text: str, prompt_id: int, locale: str) -> Content:
    """A text that is still being written, with the way to stop it."""
    return _with_blocks(text, [stop_button(prompt_id, locale)] if prompt_id else [])


def bare(text: str) -> Content:
    """A text that fits one message, without any blocks."""
    return _UNOBEYED | {"text": escape(text), "blocks": []}


def _lines(reply: Reply | None, locale: str, *, ai_notice: bool) -> list[str]:
    """What the checks of its form say of a piece, and who wrote it."""
    mark = [reply.mark] if reply and reply.mark else []
    return [*mark, say(locale, "ai-written")] if reply and ai_notice else mark


def _in_words(text: str, lines: list[str]) -> str:
    """With the lines below it. What gives way where they are too long is the mark, which comes first."""
    below = "\n".join(lines)
    if len(escape(below).encode()) > BELOW_LIMIT:
        below = "\n".join(lines[1:])
    return f"{text}\n\n{below}" if below else text


def _with_blocks(text: str, under: list[Block]) -> Content:
    # Blocks always: an edit without them would leave the old ones standing.
    return _UNOBEYED | {"text": fallback(text), "blocks": [*text_blocks(text), *under]}
