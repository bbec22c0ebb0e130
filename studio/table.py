"""Rows of text; on a narrow page they scroll within their own frame."""

from collections.abc import Callable, Iterable, Sequence

from nicegui import ui

from studio.markup import box, words
from studio.visitor import Visitor

Cell = str | Callable[[], ui.element | None]  # A text, or what builds what stands there.


def table(visitor: Visitor, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """`name` is the end of a key of the texts, as are the columns. Without rows it says so."""
    words("h3", visitor.text(f"studio-{name}"))
    cells = list(rows)
    if not cells:
        words("p", visitor.text("studio-none"), "lead")
        return
    scroll = box("div", "table", tabindex="0", role="region", aria_label=visitor.text(f"studio-{name}"))
    with scroll, box("table"):
        with box("thead"), box("tr"):
            for column in columns:
                words("th", visitor.text(f"studio-column-{column}")).props("scope=col")
        with box("tbody"):
            for row in cells:
                with box("tr"):
                    for column, cell in zip(columns, row, strict=True):
                        _cell(visitor, column, cell)


def _cell(visitor: Visitor, column: str, cell: Cell) -> None:
    with box("td", f"column-{column}"):
        if not isinstance(cell, str):
            cell()
        elif column == "status":
            words("span", visitor.text(f"studio-status-{cell}"), f"status {cell}")
        else:
            words("span", cell)
