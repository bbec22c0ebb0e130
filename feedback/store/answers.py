"""Show completions as answers."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam
from sqlmodel import col, select

from feedback.database import Transaction
from feedback.display_order import display_order
from feedback.records import Answer
from feedback.tables import Completion, Prompt

_WRITTEN = select(col(Completion.variant), col(Completion.id)).where(
    col(Completion.prompt_id) == bindparam("which")
)


def completion_ids(session: Transaction, prompt_id: int) -> list[int]:
    """A prompt's completions in the order to show them."""
    by_variant = {row.variant: row.id for row in session.execute(_WRITTEN, {"which": prompt_id})}
    return [by_variant[variant] for variant in display_order(prompt_id, by_variant)]


def answers_of(completions: Iterable[Completion | Row[Any]], prompt: Prompt | Row[Any]) -> tuple[Answer, ...]:
    """All of a prompt's, in the order to show them."""
    by_variant = {completion.variant: completion for completion in completions}
    return tuple(answer_of(by_variant[variant], prompt) for variant in display_order(prompt.id, by_variant))


def answer_of(completion: Completion | Row[Any], prompt: Prompt | Row[Any]) -> Answer:
    return Answer(
        completion_id=completion.id,
        prompt_id=completion.prompt_id,
        form=prompt.form,
        theme=prompt.theme,
        text=completion.text,
        model_version=completion.model_version,
        seed=completion.seed,
        tokens=completion.tokens,
        ttft_ms=completion.ttft_ms,
        total_ms=completion.total_ms,
        created_at=completion.created_at,
        mark=_mark_of(completion),
        instruction=prompt.instruction or "",
        kind=prompt.kind,
        variant=completion.variant,
    )


def _mark_of(completion: Completion | Row[Any]) -> str:
    """Completions of older versions kept no mark."""
    return str(completion.checks.get("mark", ""))
