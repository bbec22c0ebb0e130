"""Prompts reach the writers behind whoever asks."""

import threading

from worker.publishing import Publishing


def test_a_broker_that_is_slow_holds_nobody_up_and_gets_the_prompt_all_the_same() -> None:
    let_go, published = threading.Event(), threading.Event()

    def publish(_: int) -> bool:
        let_go.wait(10)
        published.set()
        return True

    assert not Publishing(publish, worth_waiting=0)(7)
    let_go.set()
    assert published.wait(10)


def test_what_the_broker_says_in_time_is_said() -> None:
    assert [Publishing(lambda _, taken=taken: taken)(7) for taken in (True, False)] == [True, False]  # type: ignore[misc]


def test_a_prompt_that_could_not_be_queued_is_left_to_the_sweeper() -> None:
    def publish(_: int) -> bool:
        raise RuntimeError("the database is gone")

    assert not Publishing(publish)(7)
