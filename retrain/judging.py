"""Votes become verdicts: is a text liked, disliked or neither, and how sure is that."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import fsum, sqrt
from sys import intern

from feedback.conversation import FOLLOW_UPS
from feedback.lessons import Vote
from retrain.selection import Selection
from retrain.subjects import subject

Who = tuple[int, str]  # Reader and role.
Voices = tuple[tuple[Who, float], ...]  # With their parts of the verdict, which sum to 1.


@dataclass(frozen=True, slots=True)
class Verdict:
    """What readers make of one text, however many copies of it were written."""

    completion_id: int
    prompt_id: int
    subject: int  # The same for requests that are the same in other spelling.
    rank: int  # A hash of the text: as good as random.
    liked: bool
    certainty: float  # Lower bound of the share of readers who would agree.
    heldout: bool
    model_version: str  # Empty: a person wrote it.
    voices: Voices  # Of those who agree.
    demonstration_id: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        return (self.demonstration_id or 0, self.completion_id)


def verdicts(votes: Iterable[Vote], selection: Selection, left_out: Counter[str]) -> Iterator[Verdict]:
    """One for each text that readers agree about; `left_out` counts the others, by reason.

    The votes on one text must come together. A follow-up answers a piece and an instruction; trained on as
    the answer to its form and theme alone, it would teach what nobody asked for.
    """
    for _, together in groupby(votes, key=lambda vote: vote.text_sha256):
        copies = [vote for vote in together if vote.kind not in FOLLOW_UPS]
        if not copies:
            left_out["follow-up"] += 1
            continue
        verdict = _verdict(copies, selection)
        if verdict is None:
            left_out["readers are undecided"] += 1
        else:
            yield verdict


@lru_cache(maxsize=65_536)
def voice(reader: int, role: str, part: float) -> tuple[Who, float]:
    """One object for all verdicts that it has the same part in: there may be millions."""
    return ((reader, intern(role)), part)


@lru_cache(maxsize=4096)
def certainty(share: float, votes: float, z: float) -> float:
    """Wilson's lower bound of a share that so many votes have shown, `z` standard errors down."""
    square = z * z / votes
    spread = z * sqrt((share * (1 - share) + square / 4) / votes)
    return (share + square / 2 - spread) / (1 + square)


def _verdict(copies: Sequence[Vote], selection: Selection) -> Verdict | None:
    opinions = _opinions(copies, selection)
    mass = fsum(weight for _, weight in opinions.values())
    likes = fsum(weight * (1 + value) / 2 for value, weight in opinions.values()) / mass
    liked = likes > 0.5
    sure = certainty(likes if liked else 1 - likes, mass, selection.z)
    if abs(2 * likes - 1) < selection.threshold or sure < selection.certainty:
        return None
    kept = _kept(copies, selection)
    agree = {reader: weight for reader, (value, weight) in opinions.items() if value and (value > 0) == liked}
    roles = {vote.reader_id: vote.role for vote in copies}
    whole = fsum(agree.values())
    return Verdict(
        completion_id=kept.completion_id,
        prompt_id=kept.prompt_id,
        subject=subject(kept.form, kept.theme, kept.language),
        rank=int(kept.text_sha256[:15], 16),
        liked=liked,
        certainty=sure,
        heldout=kept.split_bucket < selection.heldout_buckets,
        model_version=intern(kept.model_version),
        voices=tuple(
            voice(reader, roles[reader], weight / whole) for reader, weight in sorted(agree.items())
        ),
    )


def _kept(copies: Sequence[Vote], selection: Selection) -> Vote:
    """A text that was also written for a held-out prompt must not be trained on."""
    if copies[0].completion_id == copies[-1].completion_id:  # They come in this order.
        return copies[0]
    return min(copies, key=lambda vote: (vote.split_bucket >= selection.heldout_buckets, vote.completion_id))


def _opinions(copies: Sequence[Vote], selection: Selection) -> dict[int, tuple[float, float]]:
    """Value and weight of each reader, who counts once however many sources and copies there are."""
    single = {vote.reader_id: (vote.value, selection.weight_of(vote.role)) for vote in copies}
    if len(single) == len(copies):  # Nearly all of a million texts.
        return single
    by_reader: dict[int, list[Vote]] = defaultdict(list)
    for vote in copies:
        by_reader[vote.reader_id].append(vote)
    return {
        reader: (fsum(vote.value for vote in own) / len(own), selection.weight_of(own[0].role))
        for reader, own in by_reader.items()
    }
