"""On SQLite all others wait while one writes: what is done for every request and vote is few statements."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from feedback.conversation import WaitingLimits
from feedback.store import Store
from tests.feedback.pieces import COMPLETION, PROMPT, asked, claimed, rate, written

Counted = Callable[[Callable[[], Any]], list[int]]


@pytest.fixture
def statements(store: Store) -> Iterator[Counted]:
    """How many statements each transaction of a call took that was committed."""
    engine: Any = store._database._engine
    committed: list[int] = []
    so_far: Counter[Any] = Counter()

    def executed(connection: Any, *_: Any) -> None:
        so_far[connection] += 1

    def ended(connection: Any) -> None:
        committed.append(so_far.pop(connection, 0))

    def undone(connection: Any) -> None:
        so_far.pop(connection, None)

    def count(call: Callable[[], Any]) -> list[int]:
        committed.clear()
        call()
        return list(committed)

    listeners = (("before_cursor_execute", executed), ("commit", ended), ("rollback", undone))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    yield count
    for name, listener in listeners:
        event.remove(engine, name, listener)


def test_a_vote_is_two_statements(store: Store, statements: Counted) -> None:
    piece = written(store).completion_id
    rate(store, piece, 1, user="bob")

    assert statements(lambda: rate(store, piece, -1, user="bob")) == [2]


def test_a_request_of_a_known_reader_is_three(store: Store, statements: Counted) -> None:
    asked(store)
    another = replace(PROMPT, request_key="another")

    assert statements(lambda: store.prompts.accept(another, WaitingLimits())) == [3]


def test_a_finished_text_is_three(store: Store, statements: Counted) -> None:
    prompt_id, lease = claimed(store)

    assert statements(lambda: store.prompts.finish(prompt_id, lease, COMPLETION)) == [3]


def test_to_keep_the_last_message_is_three(store: Store, statements: Counted) -> None:
    answer = written(store)
    prompt_id, piece = answer.prompt_id, answer.completion_id

    assert statements(lambda: store.messages.sent(prompt_id, "terminal", "c1", "m1", 0, piece, True)) == [3]
