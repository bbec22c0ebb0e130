"""The examination that champion and candidate both sit: held-out prompts and pieces, frozen by a hash."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from feedback.buckets import split_bucket
from retrain.config import Examination
from retrain.dataset import Asked, Example
from retrain.human_text import PASSAGES
from retrain.manifest import sha256_of

_FORMS = ("poem", "quatrain", "haiku", "limerick")  # Short ones: an evaluation is to take a minute.
_THEMES = """
an abandoned mill, an apple tree, an empty chair, an old clock, a broken umbrella, a candle, a cup
of tea, a fox in snow, a frozen lake, a kitchen in summer, a letter never sent, a lost glove, a
paper boat, a quiet library, a robin, a sleeping cat, a stone wall, bees in clover, coffee at dawn,
fog, frost on the window, moonlight on a river, owls, rain, stars over the desert, swallows, the
first day of school, the garden in June, the harbour in winter, the last train, the market on
Saturday, the mountain path, the night bus, the orchard at dusk, the piano next door, the road home,
the sea, the smell of bread, thunder, two crows, waiting for spring, wild geese
"""


Piece = tuple[Asked, str]
Choice = tuple[Asked, str, str]  # What was asked, the text that a reader chose, and one that was left.


@dataclass(frozen=True, slots=True)
class Suite:
    """What both versions write, and what of the readers' pieces they are asked to expect."""

    prompts: tuple[Asked, ...]
    liked: tuple[Example, ...]
    disliked: tuple[Example, ...]
    examination: Examination
    human: tuple[str, ...] = PASSAGES  # What people wrote, and nobody trains on.
    preferred: tuple[Choice, ...] = ()  # What readers chose among variants.
    own: tuple[Asked, ...] = ()  # Those of the prompts that are ours, and no reader's.
    yardsticks: str = ""  # Hash of what the pieces are judged by.

    @property
    def pairs(self) -> list[tuple[Piece, Piece]]:
        """A better and a worse piece each: as readers chose, then a liked with a disliked one.

        Every rated piece once, so that the pairs say different things; of one form while there are such,
        for a limerick is likelier than a sonnet whoever likes it.
        """
        left = list(self.disliked)
        rated, alone = [], []
        for liked in self.liked:
            alike = next((e for e in left if (e.form, e.language) == (liked.form, liked.language)), None)
            if alike is None:
                alone.append(liked)
            else:
                left.remove(alike)
                rated.append((liked, alike))
        rated += zip(alone, left, strict=False)
        chosen = [((asked, better), (asked, worse)) for asked, better, worse in self.preferred]
        return [*chosen, *((_piece(better), _piece(worse)) for better, worse in rated)]

    @property
    def sha256(self) -> str:
        """Two figures may be compared only if this is equal."""
        return sha256_of(
            {
                "prompts": self.prompts,
                "liked": [example.text_sha256 for example in self.liked],
                "disliked": [example.text_sha256 for example in self.disliked],
                "human": self.human,
                "preferred": self.preferred,
                "examination": asdict(self.examination),
                "yardsticks": self.yardsticks,
            }
        )


def own_prompts(heldout_buckets: int) -> list[Asked]:
    """Ours, of those that are never trained on."""
    themes = [" ".join(theme.split()) for theme in _THEMES.split(",")]
    return [
        (form, theme, "en")
        for theme in themes
        for form in _FORMS
        if split_bucket(form, theme) < heldout_buckets
    ]


def suite_from(
    examples: Sequence[Example],
    heldout_buckets: int,
    examination: Examination,
    human: tuple[str, ...] = PASSAGES,
    preferred: Sequence[Choice] = (),
    yardsticks: str = "",
) -> Suite:
    """Held-out pieces of readers, and their prompts, topped up with our own that are never trained on."""
    heldout = _mixed([example for example in examples if example.split == "heldout"])
    asked = [example.asked for example in heldout]
    prompts = tuple(dict.fromkeys([*asked, *own_prompts(heldout_buckets)]))[: examination.pieces]
    return Suite(
        prompts=prompts,
        own=tuple(prompt for prompt in prompts if prompt not in asked),
        liked=tuple(e for e in heldout if e.liked)[: examination.liked],
        disliked=tuple(e for e in heldout if not e.liked)[: examination.liked],
        examination=examination,
        human=human,
        preferred=tuple(preferred)[: examination.liked],
        yardsticks=yardsticks,
    )


def _piece(example: Example) -> Piece:
    return (example.asked, example.text)


def asked_in_words(asked: Asked) -> str:
    """The prompt as a reader would say it."""
    form, theme, _ = asked
    return f"{form} about {theme}"


def _mixed(examples: Iterable[Example]) -> list[Example]:
    """In an order that has nothing to do with time or taste."""
    return sorted(examples, key=lambda e: hashlib.sha256(e.text_sha256.encode()).digest())
