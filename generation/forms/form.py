"""One kind of writing, as its TOML file declares it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from generation.checks import Language
from generation.checks.chinese_verse import ChineseLines, ParallelCouplet
from generation.checks.counts import Lines
from generation.checks.kinds import AnyCheck
from generation.sampling import BadSampling, Sampling

_DECLARED = ConfigDict(extra="forbid", hide_input_in_errors=True)

# A chat command: what Telegram and Slack both take.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Alias = Annotated[str, Field(max_length=40, pattern=r"\S")]
Layout = Literal["verse", "prose", "dialogue", "chords"]


class UnknownForm(Exception):
    """Raised when a form is named that we do not write."""


def spelled(name: str) -> str:
    """How names are compared."""
    return " ".join(name.lower().split())


def _names_theme(template: str) -> str:
    if "{theme}" not in template:
        raise ValueError("{theme} does not occur")
    return template


Template = Annotated[str, AfterValidator(_names_theme), Field(max_length=2000)]


def _fits(overrides: dict[str, float]) -> dict[str, float]:
    known = asdict(Sampling())
    for name in overrides:
        if name not in known:
            raise ValueError(f"{name} is no setting of sampling: {', '.join(known)}")
    try:
        Sampling(**_typed(overrides))
    except BadSampling as error:
        raise ValueError(str(error)) from None
    return overrides


def _typed(overrides: Mapping[str, float]) -> dict[str, Any]:
    """TOML's 1 for a share is 1.0; a count stays whole."""
    known = asdict(Sampling())
    return {name: type(known[name])(value) for name, value in overrides.items()}


@dataclass(frozen=True, slots=True, config=_DECLARED)
class Example:
    """A piece that shows the model what is wanted."""

    language: Language
    theme: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(min_length=1, max_length=4000)]


@dataclass(frozen=True, slots=True, config=_DECLARED)
class Form:
    """One kind of writing."""

    name: Name
    instruction: Annotated[dict[Language, Template], Field(min_length=1)]
    max_new_tokens: Annotated[int, Field(ge=8, le=4096)]
    aliases: tuple[Alias, ...] = ()
    lines: Annotated[int, Field(ge=1, le=500)] | None = None  # Writing ends after so many.
    sampling: Annotated[dict[str, float], AfterValidator(_fits)] = Field(default_factory=dict)
    candidates: Annotated[int, Field(ge=1, le=16)] = 1  # Texts written, of which the best is kept.
    layout: Layout = "verse"
    language: Language | None = None  # Written in this language, whatever it was asked in.
    checks: tuple[AnyCheck, ...] = ()
    examples: Annotated[tuple[Example, ...], Field(max_length=8)] = ()
    place: int = 1000  # In menus: the lower, the earlier.

    @property
    def words(self) -> tuple[str, ...]:
        """What readers may call it: "free_verse" is also "free verse" and "free-verse"."""
        spellings = (self.name, self.name.replace("_", " "), self.name.replace("_", "-"))
        return tuple(dict.fromkeys((*spellings, *map(spelled, self.aliases))))

    @property
    def counted(self) -> bool:
        """Its lines are counted: there is no shorter or longer one."""
        return self.lines is not None and any(
            isinstance(check, (ChineseLines, ParallelCouplet))
            or (isinstance(check, Lines) and check.least == check.most)
            for check in self.checks
        )

    def sampled(self, usual: Sampling) -> Sampling:
        """The usual sampling with this form's own settings."""
        return replace(usual, **_typed(self.sampling))
