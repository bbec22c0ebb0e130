"""Encode text so that nothing a reader wrote becomes a control token, whatever the tokenizer does to it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:  # Importing transformers takes seconds; the command line should not wait for it.
    from transformers import PreTrainedTokenizerBase

# What chat templates write around turns: <|im_start|>, <start_of_turn>, <<SYS>>, [/INST], "ASSISTANT:".
_BRACKETED = re.compile(r"<<?[^<>\s]{1,40}>>?|\[/?[A-Z_]{2,20}\]")
_ROLE = r"(?:user|human|assistant|system|ai|bot|model|instruction|response|input|output)"
_LABEL = re.compile(rf"(?:#+ ?)?\b{_ROLE}(?: \w+)?:", re.IGNORECASE)
# For a tokenizer that cannot be seen: the markers of the known families.
_ANY_FAMILY = re.compile(
    r"<[|｜][^<>\s]{1,40}[|｜]>|</?s>|<<?/?SYS>>?|\[/?[A-Z_]{2,20}\]|<(?:start|end)_of_turn>|<[be]os>"
)
_INSERTING = 3  # Attempts that only put a space in; later ones take the characters out.
_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a prompt: the template's own words (trusted), or what somebody wrote."""

    text: str
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class _Control:
    ids: frozenset[int]
    markers: re.Pattern[str]
    made_for: tuple[int, str]  # The tokenizer's size and template: either may be changed later.


@dataclass(frozen=True, slots=True)
class _Token:
    id: int
    start: int
    end: int


_known: "WeakKeyDictionary[PreTrainedTokenizerBase, _Control]" = WeakKeyDictionary()


def encode(
    tokenizer: "PreTrainedTokenizerBase", pieces: Sequence[Piece], *, add_special_tokens: bool = False
) -> list[int]:
    """Token ids of the pieces in a row; only trusted ones may hold control tokens.

    The ids themselves are looked at: normalisers, stripping and seams may make a token of what was none.
    """
    control = _control_of(tokenizer)
    wanted = _controls(_tokens(tokenizer, _with(pieces, "x"), add_special_tokens), control)
    pieces = [piece if piece.trusted else Piece(_broken_up(control.markers, piece.text)) for piece in pieces]
    for attempt in range(_ATTEMPTS):
        tokens = _tokens(tokenizer, pieces, add_special_tokens)
        forged = _forged(tokens, pieces, control)
        if not forged and _controls(tokens, control) == wanted:
            return [token.id for token in tokens]
        gently = attempt < _INSERTING
        pieces = _without(forged, pieces, gently) if forged else _plainer(pieces, gently)
    return [token.id for token in _tokens(tokenizer, _with(pieces, ""), add_special_tokens)]


def defuse(tokenizer: "PreTrainedTokenizerBase | None", text: str) -> str:
    """The text with the markers of turns broken up; without a tokenizer, those of all known families."""
    return _broken_up(_ANY_FAMILY if tokenizer is None else _control_of(tokenizer).markers, text)


def _control_of(tokenizer: "PreTrainedTokenizerBase") -> _Control:
    made_for = (len(tokenizer), str(tokenizer.chat_template))
    known = _known.get(tokenizer)
    if known is None or known.made_for != made_for:
        known = _known[tokenizer] = _read(tokenizer, made_for)
    return known


def _read(tokenizer: "PreTrainedTokenizerBase", made_for: tuple[int, str]) -> _Control:
    special = {str(token) for token in tokenizer.all_special_tokens}
    added = {token: i for token, i in tokenizer.get_added_vocab().items() if token in special or _odd(token)}
    ids = set(tokenizer.all_special_ids) | set(added.values())
    unknown = tokenizer.unk_token
    others = {str(token) for name, token in tokenizer.special_tokens_map.items() if name != "unk_token"}
    if unknown is not None and unknown not in others:
        ids.discard(tokenizer.unk_token_id)  # What it stands for is a strange character, not a turn.
    template = made_for[1] if tokenizer.chat_template else ""
    brackets = special | set(added) | set(_BRACKETED.findall(template))
    labels = set(_LABEL.findall(template))
    plain = {_plain(mark)[0] for mark in brackets}
    exact = [re.escape(mark) for mark in sorted(plain, key=len, reverse=True) if mark.strip()]
    spoken = [rf"(?<!\S){re.escape(label)}" for label in sorted(labels, key=len, reverse=True)]
    return _Control(frozenset(ids), re.compile("|".join([*exact, *spoken]) or r"(?!)"), made_for)


def _odd(token: str) -> bool:
    """Whether an added token is markup, and not a word or white space that was added to the vocabulary."""
    return any(not (c.isalnum() or c.isspace() or c == "▁") for c in token)


def _broken_up(markers: re.Pattern[str], text: str) -> str:
    for attempt in range(_ATTEMPTS):
        plain, places = _plain(text)
        found = list(markers.finditer(plain))
        if not found:
            break
        for marker in reversed(found):
            start, end = places[marker.start()], places[marker.end() - 1] + 1
            text = text[:start] + (_spaced(text[start:end]) if attempt < _INSERTING else "") + text[end:]
    return text


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text as a normalising tokenizer would see it, and the place in it that each sign comes from.

    A full-width ＜ is a < to some (NFKC), and a space without width is nothing.
    """
    if text.isascii():
        return text, range(len(text))
    signs = [
        (plain, place)
        for place, sign in enumerate(text)
        if unicodedata.category(sign) != "Cf"
        for plain in unicodedata.normalize("NFKC", sign)
    ]
    return "".join(plain for plain, _ in signs), [place for _, place in signs]


def _spaced(marker: str) -> str:
    if len(marker) == 1:
        return ""
    return f"{marker[:-1]} {marker[-1]}" if marker[-1] in ":：" else f"{marker[0]} {marker[1:]}"


def _tokens(
    tokenizer: "PreTrainedTokenizerBase", pieces: Sequence[Piece], add_special_tokens: bool
) -> list[_Token]:
    """The tokens with their places in the text; a tokenizer without offsets has them all at its start."""
    text = "".join(piece.text for piece in pieces)
    encoded: Any = tokenizer(
        text,
        add_special_tokens=add_special_tokens,
        return_offsets_mapping=tokenizer.is_fast,
        verbose=False,
    )
    ids = encoded["input_ids"]
    offsets = encoded["offset_mapping"] if tokenizer.is_fast else [(0, 0)] * len(ids)
    return [_Token(int(i), *offset) for i, offset in zip(ids, offsets, strict=True)]


def _controls(tokens: Sequence[_Token], control: _Control) -> list[int]:
    return [token.id for token in tokens if token.id in control.ids]


def _forged(tokens: Sequence[_Token], pieces: Sequence[Piece], control: _Control) -> list[list[_Token]]:
    """The control tokens that touch untrusted pieces, by piece; empty if there are none."""
    found: list[list[_Token]] = []
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        inside = [] if piece.trusted else [_within(t, start, end) for t in tokens if t.id in control.ids]
        # A token of the template may strip white space off its neighbours: that is no forgery.
        found.append([t for t in inside if piece.text[t.start : t.end].strip()])
        start = end
    return found if any(found) else []


def _within(token: _Token, start: int, end: int) -> _Token:
    """The token with its place in the piece from `start` to `end`."""
    return replace(token, start=max(token.start, start) - start, end=max(min(token.end, end) - start, 0))


def _without(forged: Sequence[Sequence[_Token]], pieces: Sequence[Piece], gently: bool) -> list[Piece]:
    return [
        Piece(_cut(piece.text, tokens, gently)) if tokens else piece
        for piece, tokens in zip(pieces, forged, strict=True)
    ]


def _cut(text: str, tokens: Sequence[_Token], gently: bool) -> str:
    """Put a space after the first character of each token, or take the token out."""
    for token in sorted(tokens, key=lambda token: token.start, reverse=True):
        found = text[token.start : token.end]
        first = token.start + len(found) - len(found.lstrip()) + 1
        alone = len(found.strip()) == 1
        kept = "" if alone or not gently else f"{text[token.start : first]} {text[first : token.end]}"
        text = text[: token.start] + kept + text[token.end :]
    return text


def _plainer(pieces: Sequence[Piece], gently: bool) -> list[Piece]:
    """For a forgery that cannot be placed: signs set apart, then only letters, digits and white space."""
    pattern, by = (r"([^\w\s])(?=\S)", r"\1 ") if gently else (r"[^\w\s]", "")
    return [piece if piece.trusted else Piece(re.sub(pattern, by, piece.text)) for piece in pieces]


def _with(pieces: Sequence[Piece], text: str) -> list[Piece]:
    """The pieces with one text in place of each untrusted one."""
    return [piece if piece.trusted else Piece(text) for piece in pieces]
