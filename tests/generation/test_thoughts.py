"""Readers never see what a model thinks aloud before it writes."""

import pytest

from generation.thoughts import without_thoughts
from generation.versions import LoadedVersion


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Rain\n", "Rain\n"),
        (" Rain", " Rain"),
        ("<", ""),  # While it is written nobody knows yet.
        ("<thi", ""),
        ("<think>\nA poem", ""),
        ("\n<think>A poem</think>\n\nRain", "Rain"),
        ("<think>\n\n</think>\n\n Rain\n", "Rain\n"),
        ("A poem, then.\n</think>\n\nRain", "Rain"),  # Begun by the prompt.
        ("<3 rain", "<3 rain"),
        ("<thinking of you", "<thinking of you"),
        ("Rain <think", "Rain <think"),
    ],
)
def test_a_text_is_shown_without_the_thought_at_its_head(text: str, shown: str) -> None:
    assert without_thoughts(text) == shown


def test_no_prefix_of_a_text_shows_a_part_of_its_thought() -> None:
    text = "<think>A poem about rain.</think>\n\nOld pond"
    seen = {without_thoughts(text[:end]) for end in range(len(text) + 1)}
    assert all("Old pond".startswith(one) for one in seen)


def test_a_version_decodes_what_readers_see(live: LoadedVersion) -> None:
    assert live.decode(live.tokenizer.encode("<think>\nhm\n</think>\n\nRain")) == "Rain"
