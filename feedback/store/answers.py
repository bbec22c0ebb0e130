"""Show a completion as an answer."""

from feedback.records import Answer
from feedback.tables import Completion, Prompt


def answer_of(completion: Completion, prompt: Prompt) -> Answer:
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
    )
