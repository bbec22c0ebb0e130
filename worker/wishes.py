"""What a reader wants: a new piece, or something of a piece that is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bots.messages import MOST_VARIANTS, Incoming, Length, MessageRef, Place, Refused
from feedback.conversation import FOLLOW_UPS, Origin
from feedback.records import FORGOTTEN, UnknownRow
from feedback.store import Store
from generation.conversation import language_of
from generation.follow_ups import (
    follows_up,
    form_word,
    language_wanted,
    read_follow_up,
    read_variants,
    speaks_of_a_piece,
    without_lead,
)
from generation.forms import Asked, Catalogue, UnknownForm
from generation.manner import instruction_with, theme_with

Checked = Callable[[str, str | None], Asked]  # Form and theme of a text. Raises Refused.


@dataclass(frozen=True, slots=True)
class Wish:
    """A prompt's content: of a follow-up, form and theme are those of the piece that it follows."""

    form: str
    theme: str
    language: str
    variants: int = 1
    kind: str = "new"
    instruction: str = ""
    parent: int | None = None
    length: str = "usual"
    sampling: Mapping[str, Any] | None = None  # Of a piece that is written once more, its own.


def read_wish(incoming: Incoming, store: Store, forms: Catalogue, checked: Checked) -> Wish:
    """What is wanted. Every text that a model will read has passed `checked`. Raises Refused."""
    if incoming.tone:
        checked(incoming.tone, None)
    wish = _content(incoming, store, forms, checked)
    form = forms.get(wish.form)
    tied = form is not None and form.language is not None and wish.kind in ("new", "again")
    language = (None if tied else incoming.language) or wish.language
    # A haiku has three lines, whoever wants it short.
    length = "usual" if form is None or form.counted else incoming.length
    return _in_manner(replace(wish, language=language), incoming.tone, length)


def _in_manner(wish: Wish, tone: str, length: Length) -> Wish:
    if not tone and length == "usual":
        return wish
    if wish.kind == "revise":  # The instruction says how long: see `worker/writing_request.py`.
        return replace(wish, instruction=instruction_with(wish.instruction, tone, length, wish.language))
    limited = wish if length == "usual" else replace(wish, length=length)
    if wish.kind == "continue":
        return replace(limited, instruction=instruction_with(wish.instruction, tone, "usual", wish.language))
    return replace(limited, theme=theme_with(wish.theme, tone, length, wish.language))


def _content(incoming: Incoming, store: Store, forms: Catalogue, checked: Checked) -> Wish:
    if incoming.again_of is not None:
        variants = _bounded(incoming.variants)
        return _once_more(_origin(store, incoming, incoming.again_of), incoming.again_of, variants)
    asked = checked(incoming.text, incoming.form)
    count, text = read_variants(incoming.text)
    variants = _bounded(max(count, incoming.variants))
    if text and text != incoming.text.strip():
        asked = checked(text, incoming.form)
    if incoming.follow_up_of is not None and incoming.form is None:
        named = _names_form_and_theme(asked, text)
        if follows_up(text, answers=incoming.answers, names_form_and_theme=named):
            parent = _piece_before(store, incoming)
            if parent is not None:
                origin = _origin(store, incoming, parent)
                _check_whose(store, incoming, parent, text)
                return _follow_up(origin, parent, text, variants, forms)
            if speaks_of_a_piece(text):
                raise Refused("nothing-to-follow")
        elif without_lead(text) != text:
            asked = checked(without_lead(text), None)
    language = asked.form.language or language_of(asked.theme)
    return Wish(asked.form.name, asked.theme, language, variants)


def _names_form_and_theme(asked: Asked, text: str) -> bool:
    # Without both, the text itself is taken for the theme.
    return not asked.theme.startswith(text.strip())


def _check_whose(store: Store, incoming: Incoming, parent: int, text: str) -> None:
    """Whoever says "again" in a place means a request of their own. Raises Refused for another's."""
    if not isinstance(incoming.follow_up_of, Place) or read_follow_up(text).kind != "again":
        return
    reader = incoming.reader
    if not store.conversations.asked_by(parent, reader.platform, reader.workspace, reader.user):
        raise Refused("nothing-of-yours")


def _follow_up(origin: Origin, parent: int, text: str, variants: int, forms: Catalogue) -> Wish:
    said = read_follow_up(text)
    if said.kind == "again":
        return _once_more(origin, parent, variants)
    return Wish(
        form=_form_wanted(said.instruction, forms) or origin.form,
        theme=origin.theme,
        language=language_wanted(said.instruction) or origin.language,
        variants=variants,
        kind=said.kind,
        instruction=said.instruction,
        parent=parent,
    )


def _once_more(origin: Origin, completion_id: int, variants: int) -> Wish:
    """The same prompt again; of a follow-up, the same follow-up of the same piece."""
    follow_up = origin.kind in FOLLOW_UPS
    if origin.theme == FORGOTTEN and not follow_up:
        raise Refused("nothing-to-follow")
    return Wish(
        form=origin.form,
        theme=origin.theme,
        language=origin.language,
        variants=variants,
        kind=origin.kind if follow_up else "again",
        instruction=origin.instruction,
        parent=origin.parent_completion_id if follow_up else completion_id,
        length=origin.length,
        sampling=origin.sampling or None,
    )


def _form_wanted(instruction: str, forms: Catalogue) -> str | None:
    try:
        return forms.named(form_word(instruction) or "").name
    except UnknownForm:
        return None


def _piece_before(store: Store, incoming: Incoming) -> int | None:
    """The completion that the text may be about, if there is one."""
    match incoming.follow_up_of:
        case MessageRef(platform=platform, chat=chat, message=message):
            return store.messages.completion_shown_in(platform, chat, message)
        case Place() as place:
            here = (place.platform, place.workspace, incoming.reader.user, place.chat, place.thread)
            if not (incoming.answers and place.thread):
                return store.conversations.newest_of(*here)
            inside = store.conversations.newest_in_thread(*here)
            # A thread may have been opened below the piece: then that message names the thread.
            return inside or store.messages.completion_shown_in(place.platform, place.chat, place.thread)
        case completion_id:
            return completion_id


def _origin(store: Store, incoming: Incoming, completion_id: int) -> Origin:
    """What a completion was written for. Raises Refused for one of another place: it is not theirs to see."""
    try:
        origin = store.conversations.origin(completion_id)
    except UnknownRow:
        raise Refused("unknown-completion") from None
    place = incoming.place
    if (origin.platform, origin.workspace, origin.chat) != (place.platform, place.workspace, place.chat):
        raise Refused("unknown-completion")
    return origin


def _bounded(variants: int) -> int:
    return max(1, min(variants, MOST_VARIANTS))
