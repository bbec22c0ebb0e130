"""What the engine is asked to write for a prompt: the conversation, and how long the text may be. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedback.conversation import EarlierPiece
from feedback.records import ClaimedPrompt
from generation.checks import lines_of
from generation.conversation import Ruler, Step, conversation
from generation.engine import WritingRequest
from generation.forms import Catalogue, Form
from generation.prompts import messages_for
from generation.sampling import Sampling

_SHORTER = re.compile(
    r"\b(?:shorter|shorten|trim|too long|brief|briefer)\b|短一|更短|太长|缩短|精简", re.IGNORECASE
)
_LONGER = re.compile(r"\b(?:longer|lengthen|expand|extend|too short)\b|长一|更长|太短|扩写", re.IGNORECASE)
_SHORT_FORM = 5  # Lines: what has so few keeps them, and shortens the lines.
_LEAST = 12  # Tokens.


@dataclass(frozen=True, slots=True)
class Length:
    max_new_tokens: int
    stop_after_lines: int | None


def request_for(
    claimed: ClaimedPrompt, forms: Catalogue, before: Sequence[EarlierPiece], ruler: Ruler
) -> WritingRequest:
    """The request, with seed 0; `before` are the pieces that it follows up on.

    Raises TooLittleRoom, UnknownForm.
    """
    form = forms.named(claimed.form)
    length = _length_of(form, claimed.length, ruler)
    if before:
        length = length_after(before[-1], Step(claimed.kind, claimed.instruction), length, ruler)
    first = before[0] if before else claimed
    steps = [Step(piece.kind, piece.instruction) for piece in before[1:]]
    messages = conversation(
        messages_for(forms.named(first.form), first.theme, first.language),
        [piece.text for piece in before],
        [*steps, Step(claimed.kind, claimed.instruction)] if before else [],
        claimed.language,
        replace(ruler, context=ruler.context - length.max_new_tokens),
    )
    return WritingRequest(
        messages=messages,
        seed=0,
        max_new_tokens=length.max_new_tokens,
        sampling=Sampling(**claimed.sampling),
        stop_after_lines=length.stop_after_lines,
    )


def _length_of(form: Form, wanted: str, ruler: Ruler) -> Length:
    """The form's own, half of it or twice, as far as its lines are not counted and the context has room."""
    tokens, lines = form.max_new_tokens, form.lines
    if form.counted or wanted == "usual":
        return Length(tokens, lines)
    if wanted == "short":
        return Length(max(_LEAST, tokens // 2), lines and max(1, lines // 2))
    return Length(max(tokens, min(2 * tokens, ruler.context // 2)), lines and 2 * lines)


def length_after(piece: EarlierPiece, step: Step, length: Length, ruler: Ruler) -> Length:
    """How long a follow-up may be: "shorter" really is, "longer" may be as far as the context has room."""
    if step.kind != "revise":
        return length
    if _SHORTER.search(step.instruction):
        lines = len(lines_of(piece.text))
        fewer = max(1, 2 * lines // 3) if lines > _SHORT_FORM else length.stop_after_lines
        tokens = max(_LEAST, min(length.max_new_tokens, 3 * piece.tokens // 4))
        return Length(tokens, fewer)
    if _LONGER.search(step.instruction):
        return Length(max(length.max_new_tokens, min(2 * piece.tokens, ruler.context // 2)), None)
    return length
