"""What a reader had on the page before: finished pieces, each with what the reader holds of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bots.messages import Reply
from feedback.display_order import display_order
from feedback.records import Answer
from feedback.store import Store
from studio.parts import PLATFORM
from studio.visitor import Visitor

RECENT = 30  # Texts shown below the box.


@dataclass(frozen=True, slots=True)
class Held:
    """What a reader holds of completions, by id."""

    values: Mapping[int, float | None] = field(default_factory=dict)
    chosen: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RecentPiece:
    prompt_id: int
    title: str
    replies: tuple[Reply, ...]  # Several are variants, in the order to show them.


def recent_pieces(
    store: Store, visitor: Visitor, before: int | None = None
) -> tuple[list[RecentPiece], Held]:
    """The reader's own, oldest first: the newest, or those before a completion."""
    user = visitor.reader.user
    found = store.statistics.recent(PLATFORM, "", user, RECENT, before)
    answers = [answer for answer, _ in reversed(found)]
    values = {answer.completion_id: value for answer, value in found}
    chosen = frozenset(store.choices.chosen(PLATFORM, "", user, values))
    by_prompt: dict[int, list[Answer]] = {}
    for answer in answers:
        by_prompt.setdefault(answer.prompt_id, []).append(answer)
    return [_piece(visitor, together) for together in by_prompt.values()], Held(values, chosen)


def title_of(visitor: Visitor, theme: str, kind: str, instruction: str) -> str:
    """What was asked for: the theme, and of a follow-up what was to become of it."""
    said = instruction or (visitor.text("studio-continued") if kind == "continue" else "")
    return f"{theme} · {said}" if said else theme


def _piece(visitor: Visitor, answers: Iterable[Answer]) -> RecentPiece:
    by_variant = {answer.variant: answer for answer in answers}
    first = next(iter(by_variant.values()))
    order = display_order(first.prompt_id, by_variant)
    replies = (_reply(by_variant[variant], n, len(order)) for n, variant in enumerate(order, 1))
    title = title_of(visitor, first.theme, first.kind, first.instruction)
    return RecentPiece(first.prompt_id, title, tuple(replies))


def _reply(answer: Answer, number: int, of: int) -> Reply:
    """A kept answer, as it would have come from the feed."""
    return Reply(
        answer.prompt_id,
        answer.completion_id,
        answer.text,
        answer.form,
        answer.model_version,
        answer.seed,
        answer.tokens,
        answer.ttft_ms,
        answer.total_ms,
        answer.mark,
        number,
        of,
    )
