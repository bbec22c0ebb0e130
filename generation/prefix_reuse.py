"""Beginnings of prompts that were read before: a form's instruction need not be read again for each theme."""

from collections import OrderedDict
from collections.abc import Sequence

from generation.text_cache import PromptCache, shared_beginning

_WORTH = 16  # Tokens: fewer are read sooner than waited for.

Known = tuple[Sequence[int], PromptCache]


class Prefixes:
    """Keeps the newest and most used beginnings of one version, in at most `tokens` columns in all."""

    def __init__(self, tokens: int) -> None:
        self._room = tokens
        self._kept: OrderedDict[tuple[int, ...], PromptCache] = OrderedDict()

    @property
    def columns(self) -> int:
        return sum(cache.columns for cache in self._kept.values())

    def longest(self, prompt: Sequence[int], under_way: Sequence[Known]) -> tuple[int, PromptCache | None]:
        """How much of the prompt's beginning is known, and whose: kept here, or being read just now.

        The prompt's last token is always left to read.
        """
        known: list[Known] = [*self._kept.items(), *under_way]
        best = max(known, key=lambda pair: shared_beginning(pair[0], prompt), default=None)
        if best is None:
            return 0, None
        tokens, source = best
        if tuple(tokens) in self._kept:
            self._kept.move_to_end(tuple(tokens))
        return min(shared_beginning(tokens, prompt), len(prompt) - 1), source

    def keep(self, prompt: Sequence[int], cache: PromptCache) -> None:
        """Remember a prompt that was read, unless it is known or long."""
        beginning = tuple(prompt)
        if len(beginning) > self._room // 4 or beginning in self._kept:
            return
        while self.columns + cache.columns > self._room:
            self._kept.popitem(last=False)
        self._kept[beginning] = cache


def worth_waiting(prompt: Sequence[int], read: int, other: Sequence[int]) -> bool:
    """Does another prompt, read in this step, begin like this one for much longer than is known?"""
    return shared_beginning(prompt[:-1], other) - read >= _WORTH
