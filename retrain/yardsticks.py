"""What pieces are judged by beside the models themselves: the same for both versions of an examination."""

from dataclasses import dataclass, field

from generation.forms import FORMS, Catalogue
from generation.originality import Originality
from generation.screening import Screen
from generation.selection import Critic
from retrain.manifest import sha256_of
from retrain.reader import Reader, source_of


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """Without a reader, a critic or registered texts, nothing is measured by them."""

    forms: Catalogue = field(default_factory=lambda: FORMS)
    screen: Screen = field(default_factory=Screen)
    originality: Originality | None = None
    reader: Reader | None = None
    critic: Critic | None = None

    @property
    def sha256(self) -> str:
        """Of all that decides a piece's figures: by others, the same piece has others."""
        registered = self.originality.registered() if self.originality is not None else []
        return sha256_of(
            {
                "forms": [repr(form) for form in self.forms.values()],  # With their checks.
                "screen": self.screen.sha256,
                "registered": [[one.corpus.name, one.documents, one.bytes] for one in registered],
                "reader": source_of(self.reader) if self.reader is not None else "",
                "critic": repr(self.critic),  # All of its weights.
            }
        )
