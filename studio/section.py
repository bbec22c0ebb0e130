"""A part of a page that is built anew when what it shows has changed, and only then: the focus stays."""

from collections.abc import Callable
from typing import Generic, TypeVar

from studio.markup import box

T = TypeVar("T")


class Section(Generic[T]):
    def __init__(self, show: Callable[[T], None], classes: str = "section") -> None:
        self._show = show
        self._box = box("section", classes)
        self._shown: T | None = None

    def refresh(self, value: T) -> None:
        if value == self._shown:
            return
        self._shown = value
        self._box.clear()
        with self._box:
            self._show(value)
