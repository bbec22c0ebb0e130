"""The canary's trial over real rows, and the critic of the live version."""

from dataclasses import replace
from pathlib import Path

import pytest

from feedback.records import CanaryRecord
from feedback.tables import now
from generation.critic import LinearCritic, Proof, write_critic
from generation.critic_features import SIZE
from generation.critic_files import critic_file
from tests.feedback.pieces import BASE, COMPLETION, asked, rate, version
from worker.live_critic import LiveCritic
from worker.live_version import takes_part
from worker.parts import Parts
from worker.settings import Settings
from worker.trial import look_at_canary, rules_of, trial_of


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Half of the readers try v1; readers count with their second rating."""
    made = Parts(Settings(home=tmp_path, canary_ratings=2))
    for new in (BASE, version("v1")):
        made.store.versions.add(new)
    made.store.versions.promote("base", "first")
    made.store.versions.set_canary("v1", 0.5, "run 1")
    return made


def read(parts: Parts, readers: int, tried: float, others: float) -> None:
    """Each reader has two pieces, as the hash decides, and holds of both what is given."""
    store, canary = parts.store, CanaryRecord("v1", 0.5)
    for number in range(readers):
        for _ in range(2):
            prompt_id = asked(store, user=f"reader {number}")
            held = store.prompts.claim(prompt_id, 60, 3)
            assert held is not None
            part = takes_part(held.reader_id, canary)
            new = replace(COMPLETION, model_version="v1" if part else "base")
            answer = store.prompts.finish(prompt_id, held.lease, new)
            rate(store, answer.completion_id, tried if part else others, user=f"reader {number}")


@pytest.mark.parametrize(
    ("tried", "others", "champion", "status"),
    [
        (1.0, -1.0, "v1", "live"),
        (-1.0, 1.0, "base", "quarantined"),
        (1.0, 1.0, "base", "canary"),
    ],
)
def test_readers_decide(parts: Parts, tried: float, others: float, champion: str, status: str) -> None:
    read(parts, 30, tried, others)
    look_at_canary(parts)
    look_at_canary(parts)
    assert parts.store.versions.champion() == champion
    assert parts.store.versions.get("v1").status == status
    parts.close()


def test_few_loud_readers_decide_nothing(parts: Parts) -> None:
    for _ in range(20):
        read(parts, 3, 1.0, -1.0)
    trial = look_at_canary(parts)
    assert trial is not None
    assert (trial.evidence.readers, trial.decision.step) == (3, "wait")
    parts.close()


def test_when_its_days_are_over_the_champion_stays(parts: Parts) -> None:
    settings = Settings(home=parts.settings.home, canary_days=1e-9)
    trial = trial_of(parts.store, rules_of(settings))
    assert trial is not None
    assert trial.deployment.started_at < now()
    assert trial.decision.step == "end"
    parts.close()


def test_nothing_is_decided_while_nothing_is_tried(parts: Parts) -> None:
    parts.store.versions.end_canary()
    assert look_at_canary(parts) is None
    parts.close()


LIKING_RAIN = LinearCritic(1.0, (0.0,) * SIZE, Proof(0.9, 0.8, 1.0, 20, 20))


def test_the_critic_follows_the_live_version(tmp_path: Path) -> None:
    live = ["v1"]
    write_critic(tmp_path, "v2", LIKING_RAIN)
    write_critic(tmp_path, "v3", replace(LIKING_RAIN, proof=Proof(0.55, 0.4, 0.7, 20, 20)))
    critic = LiveCritic(tmp_path, lambda: live[0])
    assert critic.liking("haiku", "rain", "Rain") == 0
    live[0] = "v2"
    assert critic.liking("haiku", "rain", "Rain") == 1
    assert critic.decides()
    live[0] = "v3"  # No better than chance.
    assert critic.liking("haiku", "rain", "Rain") == 0
    assert not critic.decides()


def test_a_critic_that_a_later_run_proved_is_taken_while_the_version_stays(tmp_path: Path) -> None:
    critic = LiveCritic(tmp_path, lambda: "v1")
    assert not critic.decides()
    write_critic(tmp_path, "v1", LIKING_RAIN)
    assert critic.decides()


def test_a_spoiled_critic_stops_no_writer(tmp_path: Path) -> None:
    write_critic(tmp_path, "v1", LIKING_RAIN)
    critic_file(tmp_path, "v1").write_text("{")
    assert LiveCritic(tmp_path, lambda: "v1").liking("haiku", "rain", "Rain") == 0
