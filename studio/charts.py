"""What ECharts is to draw: pure, from figures to options. Colours are the page's own, by day and by night."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from nicegui import ui

from feedback.store.positions import wilson
from feedback.store.trends import RatedDay
from studio.markup import box

Options = dict[str, Any]
Point = tuple[float, float]

_COLOURS = ("var(--accent)", "var(--line-2)", "var(--line-3)", "var(--line-4)")
_SOFT, _RULE = "var(--soft)", "var(--line)"


def chart(options: Options, told: str) -> ui.echart:
    """SVG, because its colours may be the page's own. `told` says in words what it shows."""
    with box("figure", "chart", role="img", aria_label=told):
        return ui.echart(options, renderer="svg")


def trend(days: Sequence[RatedDay], most: int = len(_COLOURS)) -> Options:
    """The share of liked ratings by day, with Wilson's 95 % interval, of the versions rated last."""
    by_version = {
        version: list(found)
        for version, found in groupby(sorted(days, key=attrgetter("version", "day")), attrgetter("version"))
    }
    latest = sorted(by_version, key=lambda version: by_version[version][-1].day)[-most:]
    series: list[Options] = []
    for version, colour in zip(reversed(latest), _COLOURS, strict=False):
        series += _with_interval(version, by_version[version], colour)
    names = [one["name"] for one in series if one["name"]]
    percent = {"formatter": "{value} %"}
    return _frame(series, names, x={"type": "time"}, y={"min": 0, "max": 100, "axisLabel": percent})


def _with_interval(version: str, days: Sequence[RatedDay], colour: str) -> list[Options]:
    bounds = [wilson(day.liked, day.rated) for day in days]
    moments = [day.day.isoformat() for day in days]
    share = [round(100 * day.liked / day.rated, 1) for day in days]
    low = [round(100 * low, 1) for low, _ in bounds]
    width = [round(100 * (high - low), 1) for low, high in bounds]
    band = {"type": "line", "name": "", "stack": version, "symbol": "none", "silent": True}
    band |= {"lineStyle": {"opacity": 0}, "tooltip": {"show": False}, "color": colour}
    return [
        _line(version, list(zip(moments, share, strict=True)), colour) | {"showSymbol": True},
        band | {"data": list(zip(moments, low, strict=True))},
        band
        | {"data": list(zip(moments, width, strict=True)), "areaStyle": {"color": colour, "opacity": 0.13}},
    ]


def losses(points: Sequence[Point], name: str) -> Options:
    """Loss by step."""
    return _frame([_line(name, points, _COLOURS[0])], [name], x={"type": "value"}, y={"scale": True})


def perplexities(
    epochs: Sequence[Mapping[str, float]], names: Mapping[str, str], before: float | None = None
) -> Options:
    """Of each epoch, on what is held back: `names` says which figures, and how they are called.

    What was before the first epoch is known of the last of them.
    """
    began = {list(names)[-1]: before} if before is not None else {}
    series = [
        _line(said, [(n, epoch[key]) for n, epoch in enumerate((began, *epochs)) if key in epoch], colour)
        | {"showSymbol": True}
        for (key, said), colour in zip(names.items(), _COLOURS, strict=False)
    ]
    whole = {"type": "value", "minInterval": 1, "min": 0 if began else 1}
    return _frame(series, list(names.values()), x=whole, y={"scale": True})


def _line(name: str, data: Sequence[tuple[Any, float]], colour: str) -> Options:
    return {
        "type": "line",
        "name": name,
        "data": [list(point) for point in data],
        "color": colour,
        "showSymbol": False,
        "symbolSize": 6,
        "lineStyle": {"width": 2, "color": colour},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
    }


def _frame(series: Sequence[Options], names: Sequence[str], x: Options, y: Options) -> Options:
    words = {"color": _SOFT, "fontFamily": "inherit"}
    axis = {
        "axisLine": {"lineStyle": {"color": _RULE}},
        "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": _RULE}},
    }
    return {
        "animation": False,
        "textStyle": words,
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 4, "containLabel": True},
        "legend": {"data": list(names), "top": 0, "left": 0, "textStyle": words, "icon": "roundRect"},
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": "var(--card)",
            "borderColor": _RULE,
            "textStyle": {"color": "var(--ink)"},
        },
        "xAxis": {**axis, "splitLine": {"show": False}, **x, "axisLabel": {**words, "hideOverlap": True}},
        "yAxis": {**axis, "type": "value", **y, "axisLabel": {**words, **y.get("axisLabel", {})}},
        "series": list(series),
    }
