"""Start a training run in a child process and see it to its end, by hand or for the trainer."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import structlog
from filelock import FileLock, Timeout

from feedback.records import RunRecord
from feedback.tables import now
from generation.base_models import NotAModel
from retrain.config import Examination, Rehearsal, Rollout, RunConfig, Search
from retrain.corpus_config import CorpusConfig, is_corpus
from retrain.dataset import Minimums
from retrain.gate import Margins
from retrain.job import Job, lock_of
from retrain.place import Place
from retrain.readiness import look
from retrain.recipe import Recipe, rate_of
from worker.base_model import base_of, device_of
from worker.parts import NothingRuns, Parts
from worker.problems import RunBroken
from worker.run_children import RunChildren

log = structlog.get_logger(__name__)

_SILENT = timedelta(minutes=2)  # A run whose heart is quiet for so long is dead.
_QUIET = timedelta(seconds=8)  # More than from one beat to the next.
_LOOK = 0.5  # Seconds between looks whether its heart beats.


@dataclass(slots=True)
class Retraining:
    """One run, on ratings or on a corpus. `stop` may be called from another thread."""

    parts: Parts
    reader: str | None = None
    corpus: CorpusConfig | None = None
    search_minutes: float = 0  # Spent on looking for a better recipe for ratings first.
    _stopping: bool = False

    def run(self, watch: Callable[[RunRecord], None] = lambda _: None) -> RunRecord:
        """Do a run in a child process, return how it ended. Raises RunBroken, NotAModel.

        One whose process was killed is taken up again where it was, if it is the same that is wanted.
        """
        fence = token_hex(16)
        dead = self.left_behind()
        if dead is not None and self._taken_over(dead, fence):
            if self._is_wanted(dead):
                log.warning("a run is taken up again", run=dead.id)
                return self._seen_through(dead.id, self._job(fence, dead.config), watch)
            log.warning("a run was left behind", run=dead.id)
            self.parts.store.runs.finish(dead.id, fence, "failed", ["its trainer was killed"])
        return self._anew(fence, watch)

    def left_behind(self) -> RunRecord | None:
        """The run whose trainer is gone: its lock is free here, or its heart has been quiet for long."""
        running = self.parts.store.runs.running()
        if running is None:
            return None
        quiet = running.heartbeat_at is None or now() - running.heartbeat_at > _SILENT
        return running if quiet or is_free(lock_of(self.parts.settings.models, running.id)) else None

    def _taken_over(self, dead: RunRecord, fence: str) -> bool:
        """False if its heart beats: its lock may be an old one, of before the run was taken up elsewhere."""
        runs = self.parts.store.runs
        while not runs.take_over(dead.id, fence, _QUIET):
            if runs.running() != dead:
                return False
            if self._stopping:
                raise RunBroken(f"run {dead.id} was stopped, and goes on when it is taken up again")
            time.sleep(_LOOK)
        return True

    def _is_wanted(self, dead: RunRecord) -> bool:
        if self.corpus is not None:
            return dead.config == self.corpus.as_dict()
        return not is_corpus(dead.config)

    def _anew(self, fence: str, watch: Callable[[RunRecord], None]) -> RunRecord:
        runs = self.parts.store.runs
        config = self._config()
        missing = self._missing(config)
        as_dict = self.corpus.as_dict() if self.corpus else config.as_dict()
        if missing:
            return self._end_at_once(as_dict, "skipped", missing, watch)
        try:
            job = self._job(fence, as_dict)
        except NotAModel as error:
            self._end_at_once(as_dict, "failed", [str(error)], watch)
            raise
        return self._seen_through(runs.enqueue(as_dict), job, watch)

    def _end_at_once(
        self,
        config: dict[str, Any],
        status: str,
        reasons: list[str],
        watch: Callable[[RunRecord], None],
    ) -> RunRecord:
        """Keep a run that cannot begin, with its reasons. A child process would take seconds to say so."""
        runs = self.parts.store.runs
        run_id = runs.enqueue(config)
        runs.call_off(run_id, status, reasons)
        record = runs.get(run_id)
        watch(record)
        return record

    def _missing(self, config: RunConfig) -> list[str]:
        """Why there is no run now. A corpus is learned from by hand, whatever else is held back."""
        if self.corpus:
            return []
        if self.parts.store.learning_pauses.paused():
            return ["learning is paused"]
        return look(self.parts.store, config, now(), self.parts.forms, self.parts.screen)[1]

    def _seen_through(self, run_id: int, job: Job, watch: Callable[[RunRecord], None]) -> RunRecord:
        children = RunChildren(self.parts, replace(job, run_id=run_id), watch, lambda: self._stopping)
        record = children.outcome()
        watch(record)
        if record.status == "promoted":
            self._announce()
        return record

    def stop(self) -> None:
        self._stopping = True

    def _announce(self) -> None:
        """Tell the writers now; those that do not hear it look by themselves within seconds."""
        with suppress(NothingRuns):
            self.parts.publisher.deployment()

    def _config(self) -> RunConfig:
        settings = self.parts.settings
        method = settings.train_method
        return RunConfig(
            minimums=Minimums(
                liked=settings.min_liked,
                new_ratings=settings.min_new_ratings,
                readers=settings.min_readers,
            ),
            recipe=Recipe(
                method=method,
                objective=settings.train_objective,
                epochs=settings.train_epochs,
                enough=settings.train_pieces,
                layers=settings.train_layers,
                learning_rate=settings.train_learning_rate or rate_of(method, settings.train_layers),
                reach=settings.train_reach,
            ),
            search=Search(self.search_minutes),
            rehearsal=Rehearsal(drafts=settings.train_drafts),
            examination=Examination(pieces=settings.exam_pieces),
            margins=Margins(
                **{rule.name: getattr(settings, f"gate_{rule.name}") for rule in fields(Margins)}
            ),
            rollout=Rollout(settings.canary_share),
        )

    def _job(self, fence: str, config: Mapping[str, Any]) -> Job:
        """A job of a run whose number is still to be said. Raises NotAModel."""
        settings = self.parts.settings
        corpus = CorpusConfig.from_dict(config) if is_corpus(config) else None
        return Job(
            database_url=self.parts.database_url,
            reader_key=self.parts.reader_key.hex(),
            models=settings.models.resolve(),
            base=base_of(self.parts),
            run_id=0,
            fence=fence,
            config=RunConfig() if corpus else RunConfig.from_dict(config),
            corpus=corpus,
            reader=self.reader or settings.reader,
            forms=settings.forms.resolve() if settings.forms else None,
            profanity=settings.profanity,
            blocked_words=settings.blocked_words.resolve() if settings.blocked_words else None,
            originality=(settings.home / "originality").resolve(),
            consent_default=settings.consent_default,
            place=Place(
                device=device_of(self.parts),
                threads=settings.train_threads,
                gpu_mb=settings.train_gpu_mb,
                window=settings.train_window,
                keep_every=settings.train_checkpoint_seconds,
            ),
            log_level=settings.log_level,
        )


def is_free(lock_file: Path) -> bool:
    """Is the process gone that locked this file? False if it was never locked on this machine."""
    if not lock_file.exists():
        return False
    try:
        with FileLock(lock_file, timeout=0):
            return True
    except Timeout:
        return False
