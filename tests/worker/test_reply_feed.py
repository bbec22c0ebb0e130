"""How a prompt's end in the rows becomes what an adapter hears."""

import pytest

from bots.messages import Failed
from feedback.records import PromptState
from worker.reply_feed import _end_of


@pytest.mark.parametrize(
    ("status", "failure", "heard"),
    [
        ("failed", "writing-failed", Failed(1, "writing-failed")),
        ("failed", "blocked-text", Failed(1, "blocked-text")),
        ("failed", "a reason that no sentence tells", Failed(1, "writing-failed")),
        ("failed", None, Failed(1, "writing-failed")),
        ("cancelled", "cancelled", Failed(1, "cancelled")),
        ("queued", None, None),
    ],
)
def test_a_failure_is_told_by_its_own_sentence_where_there_is_one(
    status: str, failure: str | None, heard: Failed | None
) -> None:
    assert _end_of(PromptState(1, status, (), failure)) == heard
