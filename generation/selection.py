"""Which of several texts for one prompt is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from generation.checks import Checked, check
from generation.examples_repeated import copied
from generation.forms import Form
from generation.originality import Originality, Shared
from generation.screening import Screen
from generation.text_metrics import repetition_of

_FORM = 0.5  # What form and repetition weigh beside a critic's liking: tastes differ in how much they want.
_USUALNESS = 0.5  # With 1 what readers got became more varied than the base's, and pleased a little less.


class Critic(Protocol):
    """Learned from ratings: guesses how readers will like a text."""

    def liking(self, form: str, theme: str, text: str) -> float:
        """0 … 1."""

    def usualness(self, text: str) -> float:
        """How much of it stands in many pieces, 0 … 1."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is thought of one text."""

    form: Checked | None  # None where the form's checks do not apply.
    repetition: float  # 0 … 1.
    blocked: bool = False  # Must not be shown.
    shared: Shared | None = None  # What it has in common with registered texts, or its form's examples.
    liking: float = 0.0
    usualness: float = 0.0
    blank: bool = False

    @property
    def merit(self) -> float:
        score = self.form.score if self.form is not None else 1.0
        return _FORM * (score - self.repetition) + self.liking

    @property
    def marks(self) -> str:
        """What the reader is shown of it."""
        quoted = f"❝ {self.shared.source.title or self.shared.source.corpus} ❞" if self.shared else ""
        return " · ".join(filter(None, (self.form.mark if self.form else "", quoted)))


def best(judged: Sequence[Judged], besides: Sequence[float] | None = None) -> int | None:
    """The text to keep, the first of equals; one that quotes only if all do. None if none may be shown.

    `besides` is what speaks for each one beside its merit; if that is not given, how little of it is usual:
    what pleases always in the same words pleases ever less.
    """
    more = besides if besides is not None else [-_USUALNESS * one.usualness for one in judged]
    worth = [one.merit + extra for one, extra in zip(judged, more, strict=True)]
    admissible = [i for i, one in enumerate(judged) if not one.blocked and not one.blank]
    return max(admissible, key=lambda i: (judged[i].shared is None, worth[i], -i), default=None)


class Judge:
    """Judges texts by their form's checks, repetition, what must not be shown, and what is copied."""

    def __init__(
        self, screen: Screen, originality: Originality | None = None, critic: Critic | None = None
    ) -> None:
        self._screen = screen
        self._originality = originality
        self._critic = critic

    def must_hide(self, text: str) -> bool:
        """May not even be shown while it is written."""
        return self._screen.objection(text) is not None

    def judge(self, form: Form, theme: str, language: str, text: str, *, whole: bool = True) -> Judged:
        """`whole` is false for what continues another text: it is no form by itself."""
        return Judged(
            form=check(form, text, language) if whole else None,
            repetition=repetition_of(text),
            blocked=self.must_hide(text),
            shared=copied(form, theme, text, self._originality),
            liking=self._critic.liking(form.name, theme, text) if self._critic else 0.0,
            usualness=self._critic.usualness(text) if self._critic else 0.0,
            blank=not text.strip(),
        )
