"""The proof of a candidate: it, the champion and the base sit one examination, and the gate judges."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING

import structlog

from feedback.store import Store
from generation.critic import LinearCritic
from retrain.bootstrap import figure_of
from retrain.config import RunConfig
from retrain.critic import proof_figures
from retrain.dataset import Dataset
from retrain.examinations import Examinations, Examined
from retrain.gate import Verdict, judge
from retrain.human_text import human_passages
from retrain.outcome import Show
from retrain.story import samples_of
from retrain.suite import Piece, Suite, suite_from
from retrain.yardsticks import Yardsticks

if TYPE_CHECKING:
    from generation.versions import LoadedVersion

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proof:
    store: Store
    run_id: int
    fence: str
    config: RunConfig
    suite: Suite
    yardsticks: Yardsticks  # With the critic, if it is proven.
    critic: LinearCritic | None
    kept: Examinations
    load: Callable[[str], "LoadedVersion"]
    threads: int
    show: Show
    ready: Callable[[], None]  # Returns when it may be computed.

    def verdict(self, candidate: str, champion: str, base: str) -> Verdict:
        """Examine them, and keep how each rule came out."""
        before = self._examined(champion, "champion")
        origin = before if base == champion else self._examined(base, "base")
        after = self._examined(candidate, "candidate")
        samples = samples_of(before.own, after.own, self.suite.own)
        self.show(stage="deciding", samples=samples)
        verdict = judge(after.measured, before.measured, self.config.margins, origin.measured)
        figures = [*verdict.figures, *proof_figures(self.critic)]
        self.store.figures.save(self.run_id, candidate, self.suite.sha256, figures, self.fence)
        return verdict

    def _examined(self, name: str, role: str) -> Examined:
        """Sat once, whatever kills the run or comes of it."""
        found = self.kept.find(name, self.suite.sha256)
        if found is None:
            found = self._examine(name, role)
            self.kept.keep(name, self.suite.sha256, found)
        else:
            log.info("an examination is known already", version=name, role=role)
        figures = [figure_of(series) for series in found.measured.values() if not isnan(series.value)]
        self.store.figures.save(self.run_id, name, self.suite.sha256, figures, self.fence)
        return found

    def _examine(self, name: str, role: str) -> Examined:
        from retrain.evaluation import examine  # Imports torch: seconds.

        own: list[Piece] = []

        def alive() -> None:
            self.ready()
            self.show(stage="evaluating", role=role, version=name)

        def seen(pieces: Sequence[Piece]) -> None:
            own.extend(piece for piece in pieces if piece[0] in self.suite.own)

        log.info("a version is examined", version=name, role=role)
        alive()
        measured = examine(
            self.load(name), self.suite, self.yardsticks, alive, self.threads, seen, self.ready
        )
        return Examined(measured, tuple(own))


def suite_of(dataset: Dataset, registered: Iterable[str], config: RunConfig, yardsticks: Yardsticks) -> Suite:
    """What there is to be judged on, and by what."""
    examination, buckets = config.examination, config.selection.heldout_buckets
    preferred = [
        (pair.asked, pair.chosen, pair.rejected)
        for pair in dataset.of("heldout").pairs
        if pair.kind == "preference"  # The suite pairs rated texts itself.
    ]
    human = human_passages(registered, buckets, examination.passages)
    return suite_from(dataset.examples, buckets, examination, human, preferred, yardsticks.sha256)


def with_proven(yardsticks: Yardsticks, critic: LinearCritic | None) -> Yardsticks:
    """A critic that is no better than chance judges nothing."""
    return replace(yardsticks, critic=critic if critic is not None and critic.proven else None)
