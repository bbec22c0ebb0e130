"""How one text is drawn from a model: settings with their bounds."""

from dataclasses import dataclass


class BadSampling(Exception):
    """Raised when sampling settings are out of range."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one text is drawn. Temperature 0 is greedy.

    The defaults keep a small model from looping: a penalty on tokens it has written already,
    and no token 4-gram twice.
    """

    temperature: float = 0.8
    top_p: float = 0.95
    repetition_penalty: float = (
        1.12  # Divides the logits of tokens written before; 1 is none (arXiv:1909.05858).
    )
    no_repeat_ngram: int = 4  # Tokens; 0 allows repeats.

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 5:
            raise BadSampling(f"temperature {self.temperature} is not within 0 … 5")
        if not 0 < self.top_p <= 1:
            raise BadSampling(f"top_p {self.top_p} is not within 0 … 1")
        if not 1 <= self.repetition_penalty <= 2:
            raise BadSampling(f"repetition_penalty {self.repetition_penalty} is not within 1 … 2")
        if self.no_repeat_ngram < 0:
            raise BadSampling(f"no_repeat_ngram {self.no_repeat_ngram} is negative")


GREEDY = Sampling(temperature=0, repetition_penalty=1, no_repeat_ngram=0)
