"""Rows are asked for ahead, and nothing of that is seen by who works on them."""

import threading
from collections.abc import Iterator

import pytest

from feedback.store.read_ahead import read_ahead


def test_rows_come_in_order_however_they_are_parted() -> None:
    assert list(read_ahead(iter([[1, 2], [], [3]]))) == [1, 2, 3]
    assert list(read_ahead(iter(list[list[int]]()))) == []


def test_the_next_rows_are_asked_for_while_one_is_worked_on() -> None:
    asked = threading.Event()

    def chunks() -> Iterator[list[int]]:
        yield [1]
        asked.set()
        yield [2]

    rows = read_ahead(chunks())
    assert next(rows) == 1
    assert asked.wait(10)
    assert list(rows) == [2]


def test_what_the_database_raises_is_raised_after_the_rows_before_it() -> None:
    def chunks() -> Iterator[list[int]]:
        yield [1, 2]
        raise ConnectionError("away")

    rows = read_ahead(chunks())
    assert [next(rows), next(rows)] == [1, 2]
    with pytest.raises(ConnectionError, match="away"):
        next(rows)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    rows = read_ahead(iter([[n] for n in range(100)]))
    assert next(rows) == 0
    rows.close()
    assert not any(thread.name.startswith("read ahead") for thread in threading.enumerate())
