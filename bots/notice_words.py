"""Put a notice into words: plain text, as long as one message of any platform."""

from collections.abc import Iterator

from bots.notices import Digest, Notice, Surge
from bots.readers import Shown
from bots.texts import form_name, say

_LINES, _CHARACTERS = 14, 500  # Of one quoted piece.


def words_of(notice: Notice) -> str:
    match notice.said:
        case Surge() as surge:
            return say(
                notice.locale,
                "notice-surge",
                unhappy=surge.unhappy,
                readers=surge.readers,
                usual=surge.usual,
                version=surge.version,
            )
        case Digest() as digest:
            return "\n\n".join(_digest(notice.locale, digest))


def _digest(locale: str, digest: Digest) -> Iterator[str]:
    yield "\n".join(
        [
            say(locale, "digest-title"),
            say(locale, "digest-written", written=digest.written),
            _ratings(locale, digest),
            _model(locale, digest),
        ]
    )
    if digest.pieces:
        yield say(locale, "digest-best")
    for piece in digest.pieces:
        yield f"{form_name(locale, piece.form)} · 👍 {piece.likes}\n{_quoted(piece)}"


def _ratings(locale: str, digest: Digest) -> str:
    votes, before = digest.votes, digest.before
    if not votes.liked + votes.disliked:
        return say(locale, "digest-unrated")
    now = {"liked": votes.liked, "disliked": votes.disliked, "share": votes.share}
    if not before.liked + before.disliked:
        return say(locale, "digest-rated", **now)
    return say(locale, "digest-rated-against", **now, before=before.share)


def _model(locale: str, digest: Digest) -> str:
    if digest.version == digest.version_before:
        return say(locale, "digest-same-version", version=digest.version, runs=digest.runs)
    versions = {"version": digest.version, "before": digest.version_before}
    return say(locale, "digest-new-version", **versions, runs=digest.runs)


def _quoted(piece: Shown) -> str:
    """The piece, or its beginning."""
    lines = piece.text.strip().splitlines()
    text = "\n".join(lines[:_LINES])[:_CHARACTERS].rstrip()
    return text if text == piece.text.strip() else f"{text} …"
