"""Read what a run learns from and keep it as its dataset, the same whenever the run is taken up again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.records import UnknownRow
from feedback.store import Store
from generation.critic import LinearCritic
from generation.originality import Corpus, Document
from retrain.config import RunConfig
from retrain.critic import learn
from retrain.dataset import Asked, Dataset
from retrain.dataset_build import with_replay
from retrain.human_text import human_passages
from retrain.manifest import dataset_sha256, snapshot_items
from retrain.outcome import RunStopped, Show
from retrain.readiness import look
from retrain.requests import to_rehearse
from retrain.yardsticks import Yardsticks

_TIMES = 5  # Readings in which somebody is erased, one after another.


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run learns from, and what it starts from."""

    dataset: Dataset
    sha256: str
    critic: LinearCritic | None
    requests: Sequence[Asked]  # To be rehearsed.
    champion: str  # To be beaten: who is deployed, or the base.
    deployed: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    store: Store
    config: RunConfig
    run_id: int
    fence: str
    yardsticks: Yardsticks
    show: Show

    def begun(self, champion: Callable[[str | None], str]) -> Begun | list[str]:
        """The dataset, kept with the run; or what is missing. `champion` says who is to be beaten."""
        for _ in range(_TIMES):
            cutoff = self.store.runs.reads(self.run_id, self.fence)
            dataset, missing = self._read(cutoff)
            if missing:
                return missing
            begun = self._begun(dataset, cutoff, champion)
            if begun is not None:
                return begun
        raise RunStopped("readers were erased each time that it had read what to learn from")

    def registered(self) -> Iterator[tuple[Corpus, Document]]:
        """What people wrote: learned from, or kept to be judged on."""
        originality = self.yardsticks.originality
        return iter(()) if originality is None else originality.documents()

    def _read(self, cutoff: datetime) -> tuple[Dataset, list[str]]:
        dataset, missing = look(
            self.store, self.config, cutoff, self.yardsticks.forms, self.yardsticks.screen
        )
        self.show(stage="reading", left_out=dict(dataset.left_out))
        trial = self.store.versions.canary()
        if trial is not None and self.config.rollout.share:
            missing.append(f"{trial.version} is still tried on {trial.share:.0%} of the readers")
        return dataset, missing

    def _begun(
        self, dataset: Dataset, cutoff: datetime, champion: Callable[[str | None], str]
    ) -> Begun | None:
        """None if a reader was erased in the meantime."""
        runs, selection = self.store.runs, self.config.selection
        critic = learn(dataset.examples)
        requests = to_rehearse(dataset, critic, self.config.rehearsal)
        # Last, for their share is that of all that is learned from. A corpus that is registered meanwhile
        # does not change what a run learns from that is taken up again.
        known = runs.replayed(self.run_id)
        registered = (document.text for _, document in self.registered())
        judged_on = human_passages(registered, selection.heldout_buckets, self.config.examination.passages)
        dataset = with_replay(dataset, self.registered(), selection, len(requests), known, judged_on)
        sha256 = dataset_sha256(dataset, selection)
        deployed = self.store.versions.champion()
        beaten = champion(deployed)
        try:
            snapshot = runs.save_snapshot(sha256, cutoff, snapshot_items(dataset))
        except UnknownRow:
            return None
        if not runs.attach(self.run_id, self.fence, snapshot, beaten):
            return None
        return Begun(dataset, sha256, critic, requests, beaten, deployed)
