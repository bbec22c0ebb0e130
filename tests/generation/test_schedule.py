"""Who joins, and how much is read beside what is written."""

import pytest

from generation.schedule import UNHURRIED, Pace, Prompt, Queue, Room, admissible, pieces


@pytest.mark.parametrize(
    ("needs", "room", "joined"),
    [
        ([10, 10, 10], Room(texts=2, bytes=100), 2),
        ([10, 10, 10], Room(texts=5, bytes=25), 2),
        ([30, 1], Room(texts=5, bytes=25), 0),  # The first in line is not overtaken.
        ([], Room(texts=5, bytes=25), 0),
        ([1], Room(texts=0, bytes=25), 0),
        ([1], Room(texts=1, bytes=-5), 0),
    ],
)
def test_first_come_first_served_within_the_room(needs: list[int], room: Room, joined: int) -> None:
    assert admissible([Queue(enumerate(needs))], room) == [joined]


@pytest.mark.parametrize(
    ("champion", "canary", "opening", "room", "joined"),
    [
        ([(0, 10), (3, 10)], [(1, 10), (2, 10)], 0, Room(texts=3, bytes=100), [1, 2]),
        ([(1, 10), (2, 10)], [(0, 10), (3, 10)], 0, Room(texts=2, bytes=100), [1, 1]),
        ([(1, 10), (2, 10)], [(0, 90)], 0, Room(texts=5, bytes=50), [0, 0]),  # Of no lane is it overtaken.
        ([(0, 10), (3, 10)], [(1, 10), (2, 10)], 60, Room(texts=5, bytes=70), [1, 0]),
        ([(0, 10), (3, 10)], [(1, 10), (2, 10)], 60, Room(texts=5, bytes=100), [2, 2]),  # Opened once.
        ([], [(0, 10)], 0, Room(texts=1, bytes=100), [0, 1]),
        ([], [], 0, Room(texts=1, bytes=100), [0, 0]),
    ],
)
def test_first_come_first_served_whichever_version_writes(
    champion: list[tuple[int, int]],
    canary: list[tuple[int, int]],
    opening: int,
    room: Room,
    joined: list[int],
) -> None:
    assert admissible([Queue(champion), Queue(canary, opening)], room) == joined


@pytest.mark.parametrize(
    ("prompts", "tokens", "shares"),
    [
        ([(0, 50), (0, 30)], 100, [50, 30]),
        ([(0, 50), (0, 30)], 60, [50, 10]),
        ([(0, 1500), (0, 30)], 40, [32, 8]),  # To the end of a block.
        ([(32, 1468), (8, 22)], 20, [20, 0]),  # Less than a block is left as it is,
        ([(52, 1448), (8, 22)], 20, [12, 8]),  # but none is begun for a few tokens.
        ([(0, 1500), (0, 30)], 0, [1, 0]),  # The first always gets on.
        ([], 40, []),
    ],
)
def test_a_long_prompt_is_read_in_pieces(
    prompts: list[tuple[int, int]], tokens: int, shares: list[int]
) -> None:
    assert pieces([Prompt(*prompt) for prompt in prompts], tokens, block=32) == shares


def paced(base: float, each: float) -> Pace:
    pace = Pace()
    for tokens in (4, 30, 8, 50, 16) * 8:
        pace = pace.after(tokens, base + each * tokens)
    return pace


def test_as_much_is_read_as_makes_a_step_not_quite_twice_as_long() -> None:
    base, each, writing = 0.030, 0.002, 16
    read = paced(base, each).tokens_to_read(writing)
    alone, beside = base + each * writing, base + each * (writing + read)
    assert beside / alone == pytest.approx(1.45, rel=0.1)


def test_nobody_waiting_means_no_hurry() -> None:
    assert paced(0.03, 0.002).tokens_to_read(0) == UNHURRIED


def test_a_new_version_reads_in_pieces_while_texts_of_another_are_written() -> None:
    pace = paced(0.03, 0.002)
    assert pace.tokens_to_read(0, elsewhere=1) <= pace.tokens_to_read(1)


@pytest.mark.parametrize("pace", [Pace(), Pace().after(16, 0.1), Pace().after(16, 0.1).after(16, 0.3)])
def test_an_unknown_pace_is_taken_to_be_a_cautious_one(pace: Pace) -> None:
    assert 12 <= pace.tokens_to_read(16) <= 64


def test_after_steps_that_were_all_alike_the_next_is_not_much_wider() -> None:
    pace = paced(0.03, 0.002)
    for step in range(200):
        pace = pace.after(7 + (step % 100 == 0), 0.04 + 0.001 * (step % 3))  # Noise has no slope to tell.
    assert pace.tokens_to_read(7) <= 7 + 16
