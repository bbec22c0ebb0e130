"""One training run: its curves, what it learned from, the verdict rule by rule, before and after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.texts import UnknownText
from feedback.records import RULE, Figure, RunRecord
from feedback.store import Store
from feedback.store.trends import Composition
from studio import charts
from studio.figures import between, figure
from studio.markup import box, form_title, words
from studio.table import table
from studio.visitor import Visitor

# Of a training on a corpus the first two, of one on ratings the last.
_PERPLEXITIES = ("dev_perplexity", "test_perplexity", "heldout_perplexity")


@dataclass(frozen=True, slots=True)
class Studied:
    """A run with what it left in the rows."""

    run: RunRecord
    figures: Sequence[Figure]
    composition: Composition | None


def study(store: Store, run: RunRecord) -> Studied:
    figures = store.figures.of(run.candidate) if run.candidate else []
    made_of = store.trends.composition(run.snapshot_id) if run.snapshot_id is not None else None
    return Studied(run, figures, made_of)


class RunDetail:
    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._say = visitor.text

    def show(self, studied: Studied | None) -> None:
        if studied is None:
            return
        run = studied.run
        words("h3", self._say("studio-run", run=run.id), "run-title").props["data-run"] = str(run.id)
        for reason in run.reasons:
            words("p", reason, "reason")
        self._curves(run.progress)
        self._verdict(studied.figures)
        if studied.composition is not None:
            self._composition(studied.composition)
        self._left_out(run.progress.get("left_out"))
        self._samples(run.progress.get("samples"))

    def _curves(self, progress: Mapping[str, Any]) -> None:
        points = [(step, loss) for step, loss in progress.get("losses", ()) if loss is not None]
        epochs = progress.get("epochs") or []
        with box("div", "charts"):
            if points:
                name = self._say("studio-loss")
                charts.chart(charts.losses(points, name), name)
            measured = [key for key in _PERPLEXITIES if any(key in epoch for epoch in epochs)]
            if measured:
                names = {key: self._say(f"studio-{key.replace('_', '-')}") for key in measured}
                drawn = charts.perplexities(epochs, names, progress.get("before"))
                charts.chart(drawn, self._say("studio-perplexity"))

    def _verdict(self, found: Sequence[Figure]) -> None:
        rules = [one for one in found if one.metric.startswith(RULE)]
        if rules:
            table(
                self._visitor,
                "verdict",
                ("rule", "status", "difference", "interval", "n"),
                map(self._rule, rules),
            )
        measured = [one for one in found if not one.metric.startswith(RULE)]
        if measured:
            with box("details"):
                words("summary", self._say("studio-measured"))
                table(
                    self._visitor,
                    "figures",
                    ("rule", "value", "interval", "n"),
                    map(self._measured, measured),
                )

    def _rule(self, rule: Figure) -> tuple[str, ...]:
        metric, _, demand = rule.metric.removeprefix(RULE).partition(" ")
        name = f"{self._metric(metric)} · {self._named('studio-demand', demand)}"
        status = "passed" if rule.passed else "failed-rule"
        return name, status, f"{rule.value:+.3f}", between(rule.low, rule.high) or "–", str(rule.n)

    def _measured(self, one: Figure) -> tuple[str, ...]:
        interval = "–" if one.low is None or one.high is None else f"{figure(one.low)} … {figure(one.high)}"
        return self._metric(one.metric), figure(one.value), interval, str(one.n)

    def _metric(self, name: str) -> str:
        return self._named("studio-metric", name)

    def _named(self, prefix: str, name: str) -> str:
        """Our word for it; its own name if a run knows more than we do."""
        try:
            return self._say(f"{prefix}-{'-'.join(name.replace('_', '-').split())}")
        except UnknownText:
            return name

    def _composition(self, made: Composition) -> None:
        words("h3", self._say("studio-dataset"))
        facts = {"items": made.items, "asked": made.asked, "rated": made.rated}
        words("p", self._say("studio-dataset-of", **facts))
        if made.left < made.items:
            words("p", self._say("studio-dataset-erased", erased=made.items - made.left), "lead")
        with box("div", "columns"):
            self._bars("studio-by-kind", self._kinds(made))
            self._bars("studio-by-form", self._forms(made))

    def _kinds(self, made: Composition) -> Iterable[tuple[str, int]]:
        for (split, kind, liked), count in sorted(made.by_kind.items(), reverse=True):
            side = self._say("studio-liked" if liked else "studio-disliked") if kind == "rated" else ""
            name = self._named("studio-kind", kind)
            held = self._say("studio-heldout") if split == "heldout" else ""
            yield " · ".join(filter(None, (name, side, held))), count

    def _forms(self, made: Composition) -> Iterable[tuple[str, int]]:
        totals: dict[str, int] = {}
        for (form, _), count in made.by_form.items():
            totals[form] = totals.get(form, 0) + count
        for form in sorted(totals, key=lambda name: -totals[name]):
            yield form_title(self._visitor, form), totals[form]

    def _left_out(self, left_out: Any) -> None:
        if isinstance(left_out, dict) and left_out:
            rows = [(self._named("studio-left", reason), int(count)) for reason, count in left_out.items()]
            self._bars("studio-left-out", sorted(rows, key=lambda row: -row[1]))

    def _bars(self, title: str, rows: Iterable[tuple[str, int]]) -> None:
        found = list(rows)
        most = max((count for _, count in found), default=0)
        with box("div", "bars"):
            words("h4", self._say(title))
            with box("dl"):
                for name, count in found:
                    words("dt", name)
                    with box("dd"):
                        box("span", "bar").style(f"inline-size: {100 * count / most:.1f}%")
                        words("span", str(count))

    def _samples(self, samples: Any) -> None:
        if not isinstance(samples, list) or not samples:
            return
        words("h3", self._say("studio-samples"))
        words("p", self._say("studio-samples-lead"), "lead")
        for sample in samples:
            with box("div", "sample"):
                words("h4", str(sample.get("asked", "")), "piece-asked")
                with box("div", "columns"):
                    for side in ("before", "after"):
                        with box("div"):
                            words("p", self._say(f"studio-{side}"), "lead")
                            words("div", str(sample.get(side, "")), "piece-text")
