"""Which groups `rhapsode doctor telegram` looks into."""

import pytest

from worker.doctor_telegram import groups


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        ("", []),
        ("telegram:-100123, C0123, -5", ["-100123", "-5"]),
        ("slack:C-7, telegram:456", []),
    ],
)
def test_telegrams_groups_among_the_allowed_chats(allowed: str, found: list[str]) -> None:
    assert groups(allowed) == found
