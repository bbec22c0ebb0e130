"""What a reader sees on the app's home and under "my data"."""

from collections.abc import Sequence

from bots import splitting
from bots.readers import Erased, ReaderSettings, Shown, Stored
from bots.slack_blocks import Block, actions, button, escape, sentence, small_line, small_text
from bots.slack_views import language_select, modal
from bots.stored_sentences import erased_sentence, stored_sentence
from bots.texts import form_name, say

# action_id of what can be tapped there.
LANGUAGE, LEARN, ASK, DATA = "home_language", "home_learn", "home_ask", "home_data"
EXPORT, ERASE = "data_export", "data_erase"

PIECES = 5  # Of each list.
_MOST_SHOWN = 600  # UTF-16 units of one piece.


def home_view(
    locale: str, settings: ReaderSettings, recent: Sequence[Shown], favourites: Sequence[Shown]
) -> Block:
    """Ask, settle, look back."""
    ask = button(ASK, say(locale, "slack-button-write"), "ask")
    blocks = [
        sentence(say(locale, "slack-home-lead")),
        actions([ask | {"style": "primary"}, button(DATA, say(locale, "slack-button-data"), "data")]),
        _header(say(locale, "settings")),
        *settings_blocks(locale, settings),
        _header(say(locale, "studio-pieces")),
        *_pieces(locale, recent),
        _header(say(locale, "slack-favourites")),
        *_pieces(locale, favourites),
    ]
    return {"type": "home", "blocks": blocks}


def settings_blocks(locale: str, settings: ReaderSettings) -> list[Block]:
    learns = "yes" if settings.consent else "no"
    turn = "no" if settings.consent else "yes"
    language = language_select(locale, settings.language) | {"action_id": LANGUAGE}
    return [
        sentence(say(locale, "language-lead")) | {"accessory": language},
        sentence(say(locale, "learns", consent=learns))
        | {"accessory": button(LEARN, say(locale, "button-learn", consent=turn), turn)},
    ]


def settings_view(locale: str, settings: ReaderSettings) -> Block:
    """The same settings on top of a conversation."""
    return modal("settings", say(locale, "settings"), settings_blocks(locale, settings), "", {})


def data_view(locale: str, stored: Stored) -> Block:
    """How much is stored of a reader, to take along or to erase."""
    since = f"{stored.since:%Y-%m-%d}" if stored.since else "–"
    erase = button(ERASE, say(locale, "button-erase"), "erase") | {
        "style": "danger",
        "confirm": {
            "title": _plain(say(locale, "erase-title")),
            "text": _plain(say(locale, "erase-text")),
            "confirm": _plain(say(locale, "button-erase")),
            "deny": _plain(say(locale, "deny")),
        },
    }
    blocks = [
        sentence(stored_sentence(locale, stored)),
        small_line(say(locale, "since", since=since)),
        actions([button(EXPORT, say(locale, "button-export"), "export"), erase]),
    ]
    return modal("data", say(locale, "slack-data-title"), blocks, "", {})


def erased_view(locale: str, erased: Erased) -> Block:
    """What was removed, and what had learned from it."""
    blocks = [sentence(erased_sentence(locale, erased))]
    return modal("erased", say(locale, "slack-data-title"), blocks, "", {})


def _pieces(locale: str, pieces: Sequence[Shown]) -> list[Block]:
    if not pieces:
        return [sentence(say(locale, "studio-none"))]
    return [block for piece in pieces[:PIECES] for block in _piece(locale, piece)]


def _piece(locale: str, piece: Shown) -> list[Block]:
    first, *more = splitting.parts(piece.text, _MOST_SHOWN, lambda text: splitting.utf16_length(escape(text)))
    likes = f" · 👍 {piece.likes}" if piece.likes else ""
    theme = " ".join(piece.theme.split())[:100]
    about = small_text(f"{form_name(locale, piece.form)} · {theme}{likes} · {piece.written_at:%Y-%m-%d}")
    return [sentence((first.strip() + ("…" if more else "")) or "…"), about]


def _header(text: str) -> Block:
    return {"type": "header", "text": _plain(text)}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}
