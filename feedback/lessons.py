"""What the store gives to learn from: plain rows, many of them, so each is a tuple."""

from typing import NamedTuple


class Vote(NamedTuple):
    """What one reader holds of one completion through one source, and what the completion answers."""

    text_sha256: str
    completion_id: int
    reader_id: int
    role: str  # Of the reader: "reader", "reviewer" or "operator".
    value: float  # -1 … 1.
    prompt_id: int
    form: str
    theme: str
    language: str
    kind: str  # Of the prompt: a follow-up does not answer form and theme alone.
    split_bucket: int
    model_version: str


class Preferred(NamedTuple):
    """One reader chose one completion of a prompt over another."""

    winner_id: int
    loser_id: int
    reader_id: int
    role: str
    form: str
    theme: str
    language: str
    kind: str
    split_bucket: int


class Rewritten(NamedTuple):
    """What one reader wrote in a completion's place."""

    demonstration_id: int
    completion_id: int
    prompt_id: int
    reader_id: int
    role: str
    form: str
    theme: str
    language: str
    kind: str
    split_bucket: int
    text: str
    replaced: str  # The completion's text.


class Written(NamedTuple):
    """A completion's text, and what it answers."""

    completion_id: int
    form: str
    theme: str
    language: str
    text: str
