"""The rhyme scheme that a poem keeps by itself, if each of its lines rhymes with some other. Pure."""

from collections.abc import Callable, Sequence
from itertools import combinations
from string import ascii_uppercase

Likeness = Callable[[str, str], float]  # Of two line ends: 1 rhymes, 0 does not.


def scheme_heard(ends: Sequence[str], alike: Likeness, sounds: int) -> str | None:
    """Letters of the lines, such as "AABBCDCD"; None if a line has no full rhyme, or with more sounds."""
    groups = list(range(len(ends)))  # The first line of each line's sound, as far as it is known.
    for a, b in combinations(range(len(ends)), 2):
        if alike(ends[a], ends[b]) == 1:
            one, other = sorted((groups[a], groups[b]))
            groups = [one if group == other else group for group in groups]
    first = list(dict.fromkeys(groups))
    if len(first) > sounds or any(groups.count(group) == 1 for group in first):
        return None
    return "".join(ascii_uppercase[first.index(group)] for group in groups)
