"""What a model thinks aloud before it writes is not for readers. Pure."""

OPEN, CLOSE = "<think>", "</think>"


def without_thoughts(text: str) -> str:
    """The text behind a thought at its head: nothing yet while the thought, or its mark, is not ended.

    A thought that the prompt began has no mark of its beginning.
    """
    head = text.lstrip()
    if (head and OPEN.startswith(head[: len(OPEN)])) or CLOSE in text:
        return text.partition(CLOSE)[2].lstrip()
    return text
