"""How large a decoder from scratch is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """The defaults make 3 million weights: a step of 64 Chinese quatrains takes a second on one core."""

    layers: int = 4
    width: int = 192
    heads: int = 4
    dropout: float = 0.1
    vocabulary: int = 8000  # Tokens at most.
    context: int = 256  # Tokens of prompt and poem.
