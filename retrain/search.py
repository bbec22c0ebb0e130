"""Look for a better recipe: trials kept in a database, so that a search goes on where it was left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import optuna
import structlog
from optuna.trial import Trial, TrialState

from retrain.kept_json import KeptJson
from retrain.loop import TrainingDiverged
from retrain.recipe import Recipe
from retrain.training_folders import identity_of

log = structlog.get_logger(__name__)

Report = Callable[[float], None]  # How good it is after another epoch; may raise to give the trial up.
Try = Callable[[Recipe, Report], float]  # Trains with the recipe; the lower what it returns, the better.
_Suggested = optuna.trial.BaseTrial
_ON_A_CORPUS = ("learning_rate", "batch", "rank")
_WITH_RANK = {"lora", "rslora", "dora", "adalora"}
_SPENT = "seconds"  # An attribute of the study.


class TimeIsUp(Exception):
    """Raised inside a trial to end it with the search."""


@dataclass(frozen=True, slots=True)
class _Time:
    """What a search has spent. Its study keeps it, for its trials count the hours in which nothing ran."""

    study: optuna.Study
    minutes: float
    began: float  # As if there had been one session only.

    @classmethod
    def of(cls, study: optuna.Study, minutes: float) -> "_Time":
        return cls(study, minutes, monotonic() - study.user_attrs.get(_SPENT, 0.0))

    def is_up(self) -> bool:
        spent = monotonic() - self.began
        self.study.set_user_attr(_SPENT, spent)
        return spent > 60 * self.minutes


def search(
    recipe: Recipe,
    attempt: Try,
    models: Path,
    identity: str,
    minutes: float,
    show: Callable[..., None],
    knobs: Sequence[str] = _ON_A_CORPUS,
) -> Recipe:
    """The best of the recipes tried within the minutes, earlier sessions of the same search included.

    The given recipe is the first to be tried, and the answer if all that was tried diverged. `knobs`: what of
    it is varied, where its method has it. `models`: the folder beside which the trials are kept.
    """
    knobs = [knob for knob in knobs if knob != "rank" or recipe.method in _WITH_RANK]
    study = _study(models.parent / "training" / "search.db", identity, recipe, knobs)
    time = _Time.of(study, minutes)
    # Tells how far it got, as checkpoints do: of a training with the same recipe, too, so it lies elsewhere.
    trials = KeptJson.of(models, identity_of("search", identity), "trials.json")

    def found_any() -> bool:
        return bool(study.get_trials(states=(TrialState.COMPLETE,)))

    def objective(trial: Trial) -> float:
        tried = suggested(trial, recipe, knobs)
        epochs = 0

        def report(value: float) -> None:
            nonlocal epochs
            trial.report(value, epochs)
            epochs += 1
            if time.is_up() and found_any():
                raise TimeIsUp
            if trial.should_prune():
                raise optuna.TrialPruned

        show(stage="searching", trial=trial.number + 1, learning_rate=tried.learning_rate)
        return attempt(tried, report)

    while not time.is_up() or not study.get_trials(states=(TrialState.COMPLETE, TrialState.FAIL)):
        try:
            study.optimize(objective, n_trials=1, catch=(TrainingDiverged,))
        except TimeIsUp:
            break
        trials.write(len(study.trials))
    trials.forget()
    if not found_any():
        return recipe
    log.info("search ended", trials=len(study.trials), best=study.best_params, value=study.best_value)
    return suggested(optuna.trial.FixedTrial(study.best_params), recipe, knobs)


def suggested(trial: _Suggested, recipe: Recipe, knobs: Sequence[str]) -> Recipe:
    """The recipe with what the trial says of it."""
    return replace(recipe, **{knob: _SUGGESTING[knob](trial, recipe) for knob in knobs})


def _learning_rate(trial: _Suggested, recipe: Recipe) -> float:
    usual = recipe.learning_rate
    return trial.suggest_float("learning_rate", usual / 8, usual * 8, log=True)


def _beta(trial: _Suggested, recipe: Recipe) -> float:
    return trial.suggest_float("beta", recipe.beta / 5, recipe.beta * 5, log=True)


def _batch(trial: _Suggested, recipe: Recipe) -> int:
    near = {recipe.batch, max(1, recipe.batch // 2), 2 * recipe.batch}
    return int(trial.suggest_categorical("batch", sorted(near)))


def _rank(trial: _Suggested, recipe: Recipe) -> int:
    return int(trial.suggest_categorical("rank", sorted({4, 8, 16, 32, recipe.rank})))


_SUGGESTING: dict[str, Callable[[_Suggested, Recipe], Any]] = {
    "learning_rate": _learning_rate,
    "beta": _beta,
    "batch": _batch,
    "rank": _rank,
}


def _study(database: Path, identity: str, recipe: Recipe, knobs: Sequence[str]) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    database.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{database}",
        study_name=identity,
        sampler=optuna.samplers.TPESampler(seed=recipe.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
        load_if_exists=True,
    )
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)  # Of a process that was killed.
    if not study.trials:
        study.enqueue_trial({knob: getattr(recipe, knob) for knob in knobs})
    return study
