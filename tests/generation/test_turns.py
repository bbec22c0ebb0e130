"""A conversation is told to every model, also to one that knows fewer kinds of turns."""

import pytest

from generation.turns import ChatMessage, joined, without_system


def turns(*said: tuple[str, str]) -> list[ChatMessage]:
    return [ChatMessage(role=role, content=content) for role, content in said]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (turns(), turns()),
        (turns(("user", "a"), ("assistant", "b")), turns(("user", "a"), ("assistant", "b"))),
        (
            turns(("user", "a\n"), ("user", " b"), ("assistant", "c")),
            turns(("user", "a\n\nb"), ("assistant", "c")),
        ),
    ],
)
def test_turns_of_one_role_in_a_row_become_one(said: list[ChatMessage], told: list[ChatMessage]) -> None:
    assert joined(said) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (turns(("user", "a")), turns(("user", "a"))),
        (turns(("system", "s"), ("user", "a")), turns(("user", "s\n\na"))),
        (
            turns(("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c")),
            turns(("user", "s\n\na"), ("assistant", "b"), ("user", "c")),
        ),
        (turns(("system", "s"), ("assistant", "b")), turns(("user", "s"), ("assistant", "b"))),
    ],
)
def test_what_the_system_says_goes_to_the_first_user(
    said: list[ChatMessage], told: list[ChatMessage]
) -> None:
    assert without_system(said) == told
