"""The forms that readers fill in, as Slack's modals: a request, a change, a comment, an own version."""

import json
from collections.abc import Sequence
from typing import Any

from bots import splitting
from bots.messages import LONGEST_VERSION, REASONS
from bots.slack_blocks import Block, sentence
from bots.slack_payloads import a_text
from bots.texts import form_name, is_sentence, say

# callback_id of the views.
REQUEST, CHANGE, OPINION, VERSION = "request", "change", "opinion", "version"

INPUT_LIMIT = 3000  # Characters that Slack takes in one input.
_FILLED = 2500  # So many go into an input, that there is room to write.
MOST_INPUTS = 12
METADATA_LIMIT = 3000
LENGTHS = ("short", "usual", "long")


def request_view(locale: str, forms: Sequence[str], metadata: Block) -> Block:
    """What to write: form, theme, tone, language, length."""
    known = [form for form in forms if is_sentence(f"studio-form-{form}")][:99]
    pick = [("", say(locale, "slack-any-form")), *((f, form_name(locale, f)) for f in known)]
    blocks = [
        _field("theme", say(locale, "slack-theme"), _text(multiline=True, most=2000)),
        _field("form", say(locale, "studio-forms"), _select(pick)),
        _field("tone", say(locale, "slack-tone"), _text(most=100), optional=True),
        _field("language", say(locale, "slack-language"), _select(_languages(locale, "slack-as-asked"))),
        _field("length", say(locale, "slack-length"), _select(_lengths(locale), chosen="usual")),
    ]
    return modal(REQUEST, say(locale, "slack-request-title"), blocks, say(locale, "studio-send"), metadata)


def change_view(locale: str, text: str, metadata: Block) -> Block | None:
    """What is to become of a message. A text of somebody else's is shown, to be cut to what is meant.

    None if it is too long for that.
    """
    wish = _field("wish", say(locale, "slack-change"), _text(most=300))
    filled = _filled(locale, text, metadata) if text else ([], metadata)
    if filled is None:
        return None
    inputs, kept = filled
    blocks = [wish, *inputs]
    return modal(CHANGE, say(locale, "slack-change-title"), blocks, say(locale, "studio-send"), kept)


def opinion_view(locale: str, metadata: Block) -> Block:
    """Why a piece was disliked: a reason and, if they like, their own words."""
    reasons = [(reason, say(locale, "reason", reason=reason)) for reason in REASONS]
    blocks = [
        _field("reason", say(locale, "why"), _select(reasons, chosen="other")),
        _field(
            "comment", say(locale, "slack-comment"), _text(multiline=True, most=INPUT_LIMIT), optional=True
        ),
    ]
    return modal(OPINION, say(locale, "slack-opinion-title"), blocks, say(locale, "keep"), metadata)


def version_view(locale: str, text: str, metadata: Block) -> Block | None:
    """A piece to be changed by hand; None if it is too long for that."""
    filled = _filled(locale, text, metadata)
    if filled is None:
        return None
    inputs, kept = filled
    lead = say(locale, "version-lead")
    if len(text) > LONGEST_VERSION:  # Said before the work, not after it.
        lead = f"{lead} {say(locale, 'slack-version-limit', length=len(text), limit=LONGEST_VERSION)}"
    blocks = [sentence(lead), *inputs]
    return modal(VERSION, say(locale, "version-title"), blocks, say(locale, "keep"), kept)


def _filled(locale: str, text: str, metadata: Block) -> tuple[list[Block], Block] | None:
    """A text in as many inputs as it needs, and what has to be kept beside them; None if they hold less."""
    pieces = splitting.parts(text, _FILLED, splitting.utf16_length)
    # Slack may trim an input, so what stands between two is kept beside them.
    between = [piece[len(piece.rstrip()) :] for piece in pieces]
    kept = metadata | {"between": between}
    if len(pieces) > MOST_INPUTS or not _fits(kept):
        return None
    inputs = [
        _field(
            f"text{number}",
            say(locale, "slack-version", part=number + 1, parts=len(pieces)),
            _text(multiline=True, most=INPUT_LIMIT, filled=piece.rstrip()),
            optional=len(pieces) > 1,
        )
        for number, piece in enumerate(pieces)
    ]
    return inputs, kept


def modal(name: str, title: str, blocks: list[Block], submit: str, metadata: Block) -> Block:
    view = {
        "type": "modal",
        "callback_id": name,
        "title": _plain(title[:24]),
        "blocks": blocks,
        "private_metadata": json.dumps(metadata, ensure_ascii=False),
    }
    return view | ({"submit": _plain(submit[:24])} if submit else {})


def language_select(locale: str, chosen: str) -> Block:
    """The reader's language, or Slack's for them."""
    return _select(_languages(locale, "slack-as-slack"), chosen=chosen)


def metadata_of(view: Any) -> Block:
    """What was kept beside a view; empty if that is not ours."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def entered(view: Any, name: str) -> str:
    """What the reader entered or chose in a field, to the letter; "" if nothing."""
    action = view["state"]["values"].get(name, {}).get("value") or {}
    option = action.get("selected_option") or {}
    value = a_text(action.get("value") or option.get("value"))
    return "" if value == _NONE else value


def _fits(metadata: Block) -> bool:
    """Whether Slack keeps so much beside a view, by the strictest reading of its limit."""
    return len(json.dumps(metadata, ensure_ascii=False).encode(errors="replace")) <= METADATA_LIMIT


_NONE = "none"  # Slack takes no empty value.
LANGUAGES = {_NONE: "", "en": "en", "zh": "zh"}  # By an option's value.


def _languages(locale: str, key: str) -> list[tuple[str, str]]:
    return [("", say(locale, key)), ("en", "English"), ("zh", "中文")]


def _lengths(locale: str) -> list[tuple[str, str]]:
    return [(length, say(locale, "slack-length-of", length=length)) for length in LENGTHS]


def _field(name: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "optional": optional,
        "element": element | {"action_id": "value"},
    }


def _text(*, multiline: bool = False, most: int, filled: str = "") -> Block:
    element = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    return element | ({"initial_value": filled} if filled else {})


def _select(options: Sequence[tuple[str, str]], chosen: str = "") -> Block:
    made = {value: {"text": _plain(label[:75]), "value": value or _NONE} for value, label in options}
    first = made.get(chosen) or next(iter(made.values()))
    return {"type": "static_select", "options": list(made.values()), "initial_option": first}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}
