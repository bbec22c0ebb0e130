"""How much of what we have to say a server understands: OpenAI's protocol, vLLM's, or less than either."""

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from generation.chat_template import takes

if TYPE_CHECKING:  # Importing transformers takes seconds, and a server's tokenizer may not be here.
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes beyond the core of the protocol."""

    system: bool = True  # Turns of the system: the templates of some models refuse them.
    thinking: bool = True  # vLLM's word to the template that there is no need to think first.
    extras: bool = True  # vLLM's own fields.

    @property
    def lacks(self) -> list[str]:
        return [name for name in ("system", "thinking", "extras") if not getattr(self, name)]


# The richest first, to be tried until one is not refused.
DIALECTS = tuple(Dialect(*known) for known in product((True, False), repeat=3))


def dialects_of(tokenizer: "PreTrainedTokenizerBase | None") -> tuple[Dialect, ...]:
    """Those that may be the server's; its template is known if the model's tokenizer is here."""
    if tokenizer is None or not tokenizer.chat_template:
        return DIALECTS
    return tuple(dialect for dialect in DIALECTS if dialect.system == takes(tokenizer).system)
