"""Look at the canary: weigh what readers said of it, and promote it, quarantine it, or let it go on."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from feedback.records import CanaryRecord, DeploymentRecord
from feedback.store import Store
from feedback.tables import now
from retrain.canary import CanaryRules, Decision, Evidence, Vote, counted, decide, weigh
from worker.live_version import takes_part
from worker.parts import NothingRuns, Parts
from worker.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trial:
    deployment: DeploymentRecord
    evidence: Evidence
    decision: Decision


def rules_of(settings: Settings) -> CanaryRules:
    return CanaryRules(
        ratings=settings.canary_ratings,
        error=settings.canary_error,
        lasts=timedelta(days=settings.canary_days),
        at_end=settings.canary_at_end,
    )


def look_at_canary(parts: Parts) -> Trial | None:
    """Do what the readers have decided. None while nothing is tried."""
    trial = trial_of(parts.store, rules_of(parts.settings))
    if trial is None:
        return None
    deployment, step = trial.deployment, trial.decision.step
    if step == "wait":
        return trial
    if parts.store.versions.conclude(deployment.id, step, trial.decision.reason):
        log.info("the canary's trial is over", version=deployment.model_version, step=step)
        with suppress(NothingRuns):  # Writers look by themselves within seconds.
            parts.publisher.deployment()
    return trial


def trial_of(store: Store, rules: CanaryRules) -> Trial | None:
    """How the trial stands, and what is to be done."""
    deployment, champion = store.versions.trial(), store.versions.champion_since()
    if deployment is None or champion is None:
        return None
    # Beside another champion a new comparison begins.
    since = max(deployment.started_at, champion.started_at)
    canary = CanaryRecord(deployment.model_version, deployment.share)
    votes = [
        Vote(vote.reader_id, tried, vote.completion_id, vote.rater_id, vote.value)
        for vote in store.trials.votes(canary.version, champion.model_version, since)
        # A writer that had not loaded the canary yet wrote with the champion: that says nothing.
        if (tried := takes_part(vote.reader_id, canary)) == (vote.model_version == canary.version)
    ]
    evidence = weigh(counted(votes, rules.ratings), deployment.share)
    return Trial(deployment, evidence, decide(evidence, now() - deployment.started_at, rules))
