"""Read what readers submit in Slack's forms and choose from its menus."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.messages import LONGEST_VERSION, REASONS, Incoming, MessageRef, Place, Reader, Vote
from bots.slack_blocks import Block
from bots.slack_events import Account, as_typed, reader_of, to_id
from bots.slack_payloads import Payload, a_text, an_id, view_key
from bots.slack_views import INPUT_LIMIT, REQUEST, VERSION, entered, metadata_of

# callback_id of the message shortcuts, as in docs/slack-manifest.json.
CONTINUE, REWRITE = "continue_piece", "rewrite_piece"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field, as the key of a text and what is filled in there."""

    key: str
    facts: Mapping[str, int] = field(default_factory=dict)


def faults(view: Mapping[str, object]) -> Mapping[str, Fault]:
    """By field, where a form cannot be taken: once it is closed, what is in it is gone."""
    if view.get("callback_id") == REQUEST and not entered(view, "theme").strip():
        return {"theme": Fault("empty-prompt")}
    if view.get("callback_id") == VERSION:
        text = _text_of(view).strip()
        if not text:
            return {"text0": Fault("version-empty")}
        if len(text) > LONGEST_VERSION:
            return {"text0": Fault("prompt-too-long", {"length": len(text), "limit": LONGEST_VERSION})}
    return {}


def to_request(body: Payload, bot: Account) -> Incoming:
    """The request in its form. Its place is still to be found."""
    view = body["view"]
    form, language, length = (entered(view, name) for name in ("form", "language", "length"))
    return Incoming(
        key=bot.own(view_key(body)),
        place=Place("slack", bot.team, ""),
        reader=reader_of(body, bot),
        text=entered(view, "theme").strip(),
        form=form or None,
        language="zh" if language == "zh" else "en" if language == "en" else None,
        tone=entered(view, "tone").strip(),
        length="short" if length == "short" else "long" if length == "long" else "usual",
    )


def to_change(body: Payload, bot: Account) -> Incoming:
    """What is to become of the message that "Rewrite as…" was chosen on."""
    view, kept = body["view"], metadata_of(body["view"])
    wish = entered(view, "wish").strip()
    key = bot.own(view_key(body))
    return _about(kept | {"text": _text_of(view).strip()}, key, wish, reader_of(body, bot))


def to_continuation(kept: Block, trigger: str, reader: Reader, instruction: str) -> Incoming:
    """The wish that a message goes on. `instruction` says so in the reader's language."""
    key = f"slack:{reader.workspace}:{kept['channel']}:{kept['message']}:{CONTINUE}:{trigger}"
    return _about(kept, key, instruction, reader)


def kept_of(body: Payload, bot: Account) -> Block:
    """What has to be known of the message that a shortcut was chosen on."""
    message = body["message"]
    ours = message.get("user") == bot.user
    return {
        "channel": an_id(body["channel"]["id"]),
        "thread": an_id(message.get("thread_ts") or message["ts"]),
        "message": an_id(message["ts"]),
        "text": "" if ours else as_typed(a_text(message.get("text"))),
    }


def to_opinion(body: Payload, bot: Account) -> Vote | None:
    """Why a piece was disliked, and in the reader's own words; None for a strange form."""
    view = body["view"]
    completion, reason = _completion_beside(view), entered(view, "reason")
    if completion is None or reason not in REASONS:
        return None
    comment = entered(view, "comment").strip()[:INPUT_LIMIT] or None
    key = bot.own(view_key(body))
    return Vote(reader_of(body, bot), -1.0, "button", completion, reason=reason, comment=comment, key=key)


def to_version(body: Payload, bot: Account) -> tuple[Reader, int | None, str]:
    """The reader's own version of a piece, and of which; None for a strange form."""
    view = body["view"]
    return reader_of(body, bot), _completion_beside(view), _text_of(view)


def _completion_beside(view: Mapping[str, object]) -> int | None:
    kept = metadata_of(view).get("completion")
    return to_id(str(kept)) if type(kept) is int else None  # No bool, nothing that ends no row's id.


def _text_of(view: Mapping[str, object]) -> str:
    """What the reader left of a text that was shown in inputs."""
    between = metadata_of(view).get("between")
    gaps = [a_text(gap) for gap in between] if isinstance(between, list) else []
    pieces = [entered(view, f"text{number}") for number in range(len(gaps))]
    return "".join(piece + gap for piece, gap in zip(pieces, gaps, strict=True) if piece).rstrip()


def _about(kept: Block, key: str, instruction: str, reader: Reader) -> Incoming:
    """A piece of ours is followed up; what somebody else wrote is quoted in the request."""
    channel, message, text = (a_text(kept.get(name)) for name in ("channel", "message", "text"))
    place = Place("slack", reader.workspace, channel, a_text(kept.get("thread")))
    if text:
        return Incoming(key, place, reader, f"{instruction}: {text}")
    return Incoming(key, place, reader, instruction, follow_up_of=MessageRef("slack", channel, message))
