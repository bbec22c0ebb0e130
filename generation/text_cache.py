"""Where keys and values lie: a buffer per prompt being read, shelves for the texts being written.

Tokens lie from column 0 on, and columns beyond a text are finite, so that whoever attends may take more
columns than the text has and mask the rest.
"""

from collections.abc import Callable, Sequence

import torch

from generation.out_of_memory import out_of_memory

BLOCK = 32  # Prompt tokens that attend in one call.
_SHORTEST = 128  # Columns of the smallest shelf.
_SPARE = 8  # Rows of a shelf for each empty one that is counted with them: a shelf that grows is copied.


def shelf_columns(tokens: int) -> int:
    """Columns of the shelf for texts that can become so long: 128, 192, 256, 384, 512, 768, …"""
    columns = _SHORTEST
    while columns < tokens:
        columns *= 2
    closer = columns * 3 // 4
    return closer if max(tokens, _SHORTEST) <= closer else columns


def columns_counted(tokens: int) -> int:
    """Columns that such a text takes at most: its row, and its part of the empty ones."""
    columns = shelf_columns(tokens)
    return columns + columns // _SPARE


class PromptCache:
    """Keys and values of one prompt, layer by layer, each [heads, columns, head size]."""

    def __init__(self, tokens: int) -> None:
        self.columns = -(-tokens // BLOCK) * BLOCK
        self.layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def write(self, layer: int, keys: torch.Tensor, values: torch.Tensor, start: int) -> None:
        """Put tokens [heads, tokens, head size] at `start`. Doing it again changes nothing."""
        if layer not in self.layers:
            self.layers[layer] = (self._buffer(keys), self._buffer(values))
        for buffer, new in zip(self.layers[layer], (keys, values), strict=True):
            buffer[:, start : start + new.shape[1]] = new

    def begin_as(self, other: "PromptCache", tokens: int) -> None:
        """Take over the first tokens of a prompt that begins alike."""
        for layer, (keys, values) in other.layers.items():
            self.write(layer, keys[:, :tokens], values[:, :tokens], 0)

    def _buffer(self, like: torch.Tensor) -> torch.Tensor:
        return like.new_zeros(like.shape[0], self.columns, like.shape[2])


Growth = Callable[[int], int]  # Rows of a shelf for one text more than so many.


def with_spare(before: int) -> int:
    """No more than may stay when one leaves."""
    return max(before + 1, before + before // _SPARE)


class Shelf:
    """Texts of about one length: keys and values of each layer, [rows, heads, columns, head size].

    Rows are dense: when one leaves, the last takes its place.
    """

    def __init__(self, columns: int, growth: Growth = with_spare) -> None:
        self.columns = columns
        self.layout = 0  # Another one whenever its buffers lie elsewhere.
        self.texts: list[TextState] = []
        self._growth = growth
        self.layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def add(self, text: "TextState", cache: PromptCache) -> None:
        row = len(self.texts)
        for layer, pair in cache.layers.items():
            grown = self.layers.get(layer) or tuple(self._empty(kept) for kept in pair)
            if grown[0].shape[0] <= row:
                grown = tuple(self._resized(kept, self._growth(row)) for kept in grown)
                self.layout += 1
            for kept, new in zip(grown, pair, strict=True):
                kept[row, :, : text.length] = new[:, : text.length]
                kept[row, :, text.length :] = 0  # Who had the row before may have left what is no number.
            self.layers[layer] = (grown[0], grown[1])
        text.shelf, text.row = self, row
        self.texts.append(text)

    def remove(self, text: "TextState") -> None:
        last = self.texts.pop()
        for pair in self.layers.values():
            for kept in pair:
                kept[text.row] = kept[last.row]
        if last is not text:
            self.texts[text.row] = last
            last.row = text.row
        text.shelf = None

    @property
    def rows(self) -> int:
        """That every layer has."""
        return min((keys.shape[0] for keys, _ in self.layers.values()), default=0)

    @property
    def uncounted(self) -> int:
        """Columns of empty rows, beyond those that are counted with the texts."""
        rows = max((keys.shape[0] for keys, _ in self.layers.values()), default=0)
        texts = len(self.texts)
        return max(0, rows - texts - texts // _SPARE) * self.columns

    def shrink(self) -> None:
        """Without room for a smaller copy it stays large."""
        rows = self._growth(len(self.texts) - 1)
        if rows >= self.rows:
            return
        self.layout += 1
        try:
            for layer, (keys, values) in self.layers.items():
                self.layers[layer] = (self._resized(keys, rows), self._resized(values, rows))
        except RuntimeError as error:
            if not out_of_memory(error):
                raise

    def _empty(self, like: torch.Tensor) -> torch.Tensor:
        return like.new_zeros(0, like.shape[0], self.columns, like.shape[2])

    def _resized(self, kept: torch.Tensor, rows: int) -> torch.Tensor:
        resized = kept.new_zeros(rows, *kept.shape[1:])
        common = min(rows, kept.shape[0], len(self.texts))
        resized[:common] = kept[:common]
        return resized


class TextState:
    """What is kept of one text: its prompt's cache while it is read, then a row on a shelf."""

    def __init__(self, prompt_tokens: int, need: int) -> None:
        self.length = 0  # Tokens that are in.
        self.need = need  # Tokens that it can come to hold.
        self.prompt: PromptCache | None = PromptCache(prompt_tokens)
        self.shelf: Shelf | None = None
        self.row = 0


class Shelves:
    """The texts that one version is writing, by length.

    `keeps_empty`: a shelf whose last text has left stays for those to come, until it has to shrink.
    """

    def __init__(self, growth: Growth = with_spare, *, keeps_empty: bool = False) -> None:
        self._by_columns: dict[int, Shelf] = {}
        self._growth = growth
        self._keeps_empty = keeps_empty

    @property
    def all(self) -> list[Shelf]:
        return list(self._by_columns.values())

    def put(self, text: TextState) -> None:
        """Move a text from its prompt's cache, now read, to a shelf."""
        assert text.prompt is not None  # noqa: S101 - only a text that was being read is put.
        columns = shelf_columns(text.need)
        self._by_columns.setdefault(columns, Shelf(columns, self._growth)).add(text, text.prompt)
        text.prompt = None

    def remove(self, text: TextState) -> None:
        shelf = text.shelf
        if shelf is not None:
            shelf.remove(text)
            if not shelf.texts and not self._keeps_empty:
                del self._by_columns[shelf.columns]

    @property
    def uncounted(self) -> int:
        """Columns that are kept for texts to come, beyond what is counted with those that are there."""
        return sum(shelf.uncounted for shelf in self._by_columns.values())

    def shrink(self) -> None:
        for shelf in self.all:
            if not shelf.texts:
                del self._by_columns[shelf.columns]
            elif shelf.uncounted:
                shelf.shrink()


def shared_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two prompts have in common from the start."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))
