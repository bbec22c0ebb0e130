"""What pieces are judged by beside the models themselves: the same for both versions of an examination."""

from dataclasses import dataclass, field

from generation.forms import FORMS, Catalogue
from generation.originality import Originality
from generation.screening import Screen
from generation.selection import Critic
from retrain.reader import Reader


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """Without a reader, a critic or registered texts, nothing is measured by them."""

    forms: Catalogue = field(default_factory=lambda: FORMS)
    screen: Screen = field(default_factory=Screen)
    originality: Originality | None = None
    reader: Reader | None = None
    critic: Critic | None = None
