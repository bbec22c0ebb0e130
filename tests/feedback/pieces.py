"""Prompts, completions and versions to test with, and many threads at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier
from typing import Any, TypeVar

from feedback.records import Answer, NewCompletion, NewPrompt, NewVersion
from feedback.store import Store
from tests.deadline import DEADLINE

T = TypeVar("T")
_numbers = count(1)

BASE = NewVersion(
    name="base",
    artifact_sha256="0" * 64,
    kind="base",
    parent=None,
    base_id="small",
    base_sha256="b" * 64,
    tokenizer_sha256="c" * 64,
    template_sha256="d" * 64,
    status="candidate",
)
COMPLETION = NewCompletion(
    model_version="base",
    seed=2**40,
    text="Rain on the window",
    prompt_tokens=12,
    tokens=5,
    ttft_ms=3.5,
    total_ms=20.0,
    finish_reason="stop",
)
PROMPT = NewPrompt(
    request_key="terminal::1",
    platform="terminal",
    workspace="",
    user="ada",
    chat="c1",
    thread="",
    reply_to="",
    locale="en",
    form="haiku",
    theme="rain",
    language="en",
    sampling={"temperature": 0.7},
)


def version(name: str, **changes: Any) -> NewVersion:
    return replace(BASE, name=name, artifact_sha256=f"{name:x>64}", kind="lora", parent="base", **changes)


def asked(store: Store, **changes: Any) -> int:
    """A new prompt's id."""
    new = replace(PROMPT, **{"request_key": f"key {next(_numbers)}", **changes})
    return store.prompts.accept(new)[0]


def claimed(store: Store, **changes: Any) -> tuple[int, str]:
    """A new prompt and our hold on it."""
    prompt_id = asked(store, **changes)
    held = store.prompts.claim(prompt_id, 60, 3)
    assert held is not None
    return prompt_id, held.lease


def written(store: Store, text: str = COMPLETION.text, **changes: Any) -> Answer:
    """A new prompt with its completion."""
    prompt_id, lease = claimed(store, **changes)
    return store.prompts.finish(prompt_id, lease, replace(COMPLETION, text=text))


def variants(
    store: Store, count: int = 3, *, shown: bool = True, text: str = "Rain", **changes: Any
) -> tuple[Answer, ...]:
    """The variants of a new prompt in the order to show them; each in a message of its own, if shown."""
    prompt_id, lease = claimed(store, variants=count, **changes)
    texts = [replace(COMPLETION, text=f"{text} {n}", seed=n, variant=n) for n in range(count)]
    answers = store.prompts.finish_all(prompt_id, lease, texts)
    for part, answer in enumerate(answers if shown else ()):
        last = part == count - 1
        store.messages.sent(
            prompt_id, "terminal", "c1", f"{prompt_id}.{part}", part, answer.completion_id, last
        )
    return answers


def rate(
    store: Store,
    completion_id: int,
    value: float | None,
    user: str = "ada",
    source: str = "button",
    **more: Any,
) -> float | None:
    return store.ratings.rate("terminal", "", user, completion_id, value, source, **more)


def at_once(call: Callable[[int], T], times: int = 8) -> list[T | Exception]:
    """What each of so many simultaneous calls returned or raised."""
    barrier = Barrier(times)

    def one(number: int) -> T | Exception:
        barrier.wait(timeout=DEADLINE)
        try:
            return call(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it.
            return error

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


def withdrawn(store: Store, snapshot: int) -> int:
    """How many items a dataset has lost since it was made."""
    kept = store.trends.composition(snapshot)
    return kept.items - kept.left
