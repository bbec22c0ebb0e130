"""Whose requests are taken, by an operator's lists."""

from datetime import UTC, datetime

import pytest

from bots.messages import Place, Reader
from worker.admission import AllowLists, hours_left
from worker.id_list import IdList


@pytest.mark.parametrize(
    ("listed", "platform", "name", "held"),
    [
        ("U1, 42", "slack", "U1", True),
        ("U1, 42", "telegram", "42", True),
        ("U1", "slack", "U2", False),
        ("telegram:42", "telegram", "42", True),
        ("telegram:42", "slack", "42", False),
        ("telegram:-100,slack:C1", "telegram", "-100", True),
        ("slack:*", "slack", "anyone", True),
        ("slack:*", "telegram", "anyone", False),
        ("", "slack", "U1", False),
        (None, "slack", "U1", False),
        (" ,, ", "slack", "", False),
    ],
)
def test_an_id_counts_on_every_platform_unless_it_names_one(
    listed: str | None, platform: str, name: str, held: bool
) -> None:
    assert IdList.read(listed).holds(platform, name) == held


@pytest.mark.parametrize("listed", ["U1 U2", "discord:1", "slack:", "*", "U1,slack:"])
def test_what_is_no_list_of_ids_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match="allowed"):
        IdList.read(listed)


@pytest.mark.parametrize(
    ("lists", "allowed"),
    [
        ({}, True),
        ({"people": "U1"}, True),
        ({"people": "U2"}, False),
        ({"people": "U1", "chats": "C2"}, False),
        ({"people": "U1", "chats": "C1", "workspaces": "T1"}, True),
        ({"workspaces": "telegram:T1"}, False),
    ],
)
def test_of_several_lists_each_must_allow(lists: dict[str, str], allowed: bool) -> None:
    asked = (Reader("slack", "T1", "U1"), Place("slack", "T1", "C1"))
    read = {name: IdList.read(text) for name, text in lists.items()}
    assert AllowLists(**read).allow(*asked) == allowed


@pytest.mark.parametrize(
    ("workspaces", "allowed"), [("T1", False), ("T2", False), ("T1, T2", True), ("slack:*", True), ("", True)]
)
def test_a_guest_in_a_shared_channel_asks_only_if_their_own_workspace_is_listed_too(
    workspaces: str, allowed: bool
) -> None:
    guest = Reader("slack", "T1", "U1", home="T2")
    lists = AllowLists(workspaces=IdList.read(workspaces))
    assert lists.allow(guest, Place("slack", "T1", "C1")) == allowed


@pytest.mark.parametrize("platform", ["studio", "terminal"])
def test_the_studio_and_the_terminal_are_for_whoever_reaches_them(platform: str) -> None:
    lists = AllowLists(people=IdList.read("U1"), chats=IdList.read("C1"))
    assert lists.allow(Reader(platform, "", "ann"), Place(platform, "", "ann"))


@pytest.mark.parametrize(("hour", "minute", "left"), [(0, 0, 24), (0, 1, 24), (23, 0, 1), (23, 59, 1)])
def test_a_day_ends_in_begun_hours(hour: int, minute: int, left: int) -> None:
    assert hours_left(datetime(2026, 3, 20, hour, minute, tzinfo=UTC)) == left
