"""Where a text ends that is to have a certain number of lines."""


def end_of_lines(text: str, lines: int) -> int | None:
    """Index behind so many lines that are not blank, or None while the last of them is not ended."""
    end = 0
    for line in text.split("\n")[:-1]:
        end += len(line) + 1
        lines -= bool(line.strip())
        if lines <= 0:
            return end
    return None
