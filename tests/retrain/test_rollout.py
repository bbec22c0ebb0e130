"""What becomes of a candidate that the gate lets pass: champion at once, or canary for some readers."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedback.records import LeaseLost
from feedback.store import Store
from generation.base_models import Base
from generation.critic import read_critic
from generation.versions import base_name
from retrain.config import Rehearsal, Rollout, RunConfig
from retrain.readers import plain_spoken
from retrain.run import run
from retrain.selection import Selection
from tests.retrain.conftest import rate_pieces
from tests.retrain.test_run import SMALL

# Many are held out, so that few suffice to prove the critic.
TRIED = replace(
    SMALL, rollout=Rollout(0.25), selection=Selection(heldout_buckets=500), rehearsal=Rehearsal(2, 2, batch=4)
)


def test_with_a_share_it_is_tried_first_and_no_other_run_begins(
    tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 48)

    def outcome(config: RunConfig) -> tuple[str, str]:
        run_id = tiny_store.runs.enqueue(config.as_dict())
        ended = run(
            tiny_store, tmp_path / "models", tiny_base, config, run_id=run_id, fence="f", reader=plain_spoken
        )
        assert tiny_store.runs.get(run_id).status == ended.status
        return ended.status, ended.reasons[0]

    assert outcome(TRIED) == ("promoted", "it is tried on 25% of the readers first")
    trial = tiny_store.versions.trial()
    assert trial is not None
    assert (trial.share, tiny_store.versions.champion()) == (0.25, base_name(tiny_base))
    assert tiny_store.versions.get(trial.model_version).status == "canary"
    critic = read_critic(tmp_path / "models", trial.model_version)
    assert critic is not None  # Plain lines against repeated words: easily told apart.
    assert read_critic(tmp_path / "models", base_name(tiny_base)) == critic
    status, reason = outcome(replace(TRIED, minimums=replace(TRIED.minimums, new_ratings=0)))
    assert (status, reason) == ("skipped", f"{trial.model_version} is still tried on 25% of the readers")


@pytest.mark.parametrize("what", ["a reader is erased", "the run is taken over"])
def test_a_run_that_may_deploy_nothing_keeps_no_critic_either(
    what: str, tiny_store: Store, tiny_base: Base, tmp_path: Path
) -> None:
    rate_pieces(tiny_store, base_name(tiny_base), 48)
    run_id = tiny_store.runs.enqueue(TRIED.as_dict())

    def meanwhile(progress: dict[str, Any]) -> None:
        if progress["stage"] != "deciding" or "version" not in progress:
            return  # The verdict is there, and its figures are kept.
        if what == "a reader is erased":
            tiny_store.erasure.erase("terminal", "", "ann")
        else:
            tiny_store.runs.take_over(run_id, "another's", timedelta(0))

    def ended() -> str:
        return run(
            tiny_store, tmp_path / "models", tiny_base, TRIED, run_id=run_id, fence="f", reader=plain_spoken,
            progress=meanwhile,
        ).status  # fmt: skip

    if what == "a reader is erased":
        assert ended() == "rejected"
    else:
        with pytest.raises(LeaseLost):
            ended()
    figures = tiny_store.figures.of(str(tiny_store.runs.get(run_id).candidate))
    assert [figure.passed for figure in figures if figure.metric == "critic_accuracy"] == [True]
    assert not (tmp_path / "models" / "critics").exists()
