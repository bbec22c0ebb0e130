"""Likes and dislikes day by day as a picture."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

_LIKED, _DISLIKED, _SWAP = "#1f6f8b", "#c8553d", "#777777"


def ratings_plot(days: Sequence[tuple[date, int, int]], swaps: Sequence[date]) -> bytes:
    """PNG: likes upwards, dislikes downwards, a line where another version took over. Empty of no days."""
    if not days:
        return b""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # Takes a second.
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=(8, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    when = [day for day, _, _ in days]
    axes.bar(when, [liked for _, liked, _ in days], color=_LIKED, label="likes")  # type: ignore[arg-type]
    axes.bar(when, [-disliked for _, _, disliked in days], color=_DISLIKED, label="dislikes")  # type: ignore[arg-type]
    axes.axhline(0, color="black", linewidth=0.8)
    for number, swap in enumerate(sorted({swap for swap in swaps if swap >= when[0]})):
        axes.axvline(
            swap,  # type: ignore[arg-type] # A date is fine: the axis has its converter.
            color=_SWAP,
            linestyle="--",
            linewidth=1,
            label="another version" if number == 0 else None,
        )
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{abs(count):.0f}"))
    axes.legend(loc="upper left", frameon=False)
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()
