"""What comes from a server is believed only as far as it can be read."""

import pytest

from generation.line_stop import end_of_lines
from generation.openai_messages import Piece, piece_of
from generation.openai_trouble import ServerTrouble


@pytest.mark.parametrize(
    ("data", "piece"),
    [
        ('{"choices": [{"delta": {"role": "assistant"}}]}', Piece()),
        ('{"choices": [{"delta": {"content": "a"}, "finish_reason": null}]}', Piece("a")),
        ('{"choices": [{"delta": {"content": null}, "finish_reason": "stop"}]}', Piece("", "stop")),
        ('{"choices": [{"delta": null, "finish_reason": "length"}]}', Piece("", "length")),
        ('{"error": null, "choices": [{"delta": {"content": "a"}}]}', Piece("a")),
        (
            '{"choices": [], "usage": {"completion_tokens": 3, "prompt_tokens": 9}}',
            Piece("", None, 3, 9),
        ),
        ('{"choices": [{"delta": {"reasoning_content": "hm"}}]}', Piece()),
    ],
)
def test_a_chunk_becomes_a_piece(data: str, piece: Piece) -> None:
    assert piece_of(data) == piece


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "1",
        "null",
        "[]",
        '{"choices": 1}',
        '{"choices": [1]}',
        '{"choices": [{"delta": {"content": 5}}]}',
        '{"choices": [], "usage": {"completion_tokens": "3"}}',
        '{"error": "out of memory"}',
        '{"choices": [{"delta": {}, "finish_reason": "content_filter"}]}',
        '{"choices": [{"delta": {}, "finish_reason": ["stop"]}]}',
    ],
)
def test_what_is_no_chunk_is_trouble(data: str) -> None:
    with pytest.raises(ServerTrouble):
        piece_of(data)


@pytest.mark.parametrize(
    ("text", "lines", "kept"),
    [
        ("", 1, None),
        ("a", 1, None),
        ("a\n", 1, "a\n"),
        ("a\nb", 1, "a\n"),
        ("\n\na\nb", 1, "\n\na\n"),
        ("a\n \n\nb\nc", 2, "a\n \n\nb\n"),
        ("a\nb\nc", 3, None),
        ("a\u2028b\nc\n", 1, "a\u2028b\n"),
        ("春\r\n夏\r\n", 1, "春\r\n"),
    ],
)
def test_lines_that_are_not_blank_are_counted(text: str, lines: int, kept: str | None) -> None:
    end = end_of_lines(text, lines)
    assert (None if end is None else text[:end]) == kept
