"""Where a text ends that is to have a certain number of lines."""

from generation.thoughts import without_thoughts


def cut_at_lines(text: str, lines: int | None) -> str | None:
    """What readers see of a text, once it has so many lines; None before, and if any number will do."""
    if not lines:
        return None
    shown = without_thoughts(text)
    end = end_of_lines(shown, lines)
    return shown[:end] if end else None


def end_of_lines(text: str, lines: int) -> int | None:
    """Index behind so many lines that are not blank, or None while the last of them is not ended."""
    end = 0
    for line in text.split("\n")[:-1]:
        end += len(line) + 1
        lines -= bool(line.strip())
        if lines <= 0:
            return end
    return None
