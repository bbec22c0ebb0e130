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
    # No words: what they would say is said beside the picture, in the channel's language.
    axes.bar(when, [liked for _, liked, _ in days], color=_LIKED)  # type: ignore[arg-type]
    axes.bar(when, [-disliked for _, _, disliked in days], color=_DISLIKED)  # type: ignore[arg-type]
    axes.axhline(0, color="black", linewidth=0.8)
    for swap in {swap for swap in swaps if swap >= when[0]}:
        # A date is fine: the axis has its converter.
        axes.axvline(swap, color=_SWAP, linestyle="--", linewidth=1)  # type: ignore[arg-type]
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{abs(count):.0f}"))
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()
