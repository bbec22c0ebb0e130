"""What of a run on ratings outlasts a kill, each by what it was computed from."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from generation.base_models import Base
from retrain.checkpoints import Checkpoints
from retrain.config import RunConfig
from retrain.drafts import Drafts
from retrain.loop import Keeping
from retrain.place import Place
from retrain.reading import Begun
from retrain.rehearsal import Rehearsed
from retrain.training_folders import forget_abandoned, identity_of


def drafts_of(models: Path, begun: Begun, config: RunConfig, place: Place) -> Drafts:
    """The drafts that the champion writes for these rows."""
    forget_abandoned(models)
    identity = identity_of("drafts", begun.sha256, begun.champion, asdict(config.rehearsal))
    return Drafts.of(models, identity, place.keep_every)


def steps_of(
    models: Path, begun: Begun, rehearsed: Sequence[Rehearsed], config: RunConfig, base: Base, place: Place
) -> Keeping:
    """The steps of the same training: whoever does it again goes on from them."""
    texts = [one.example.text_sha256 for one in rehearsed]
    identity = identity_of(begun.sha256, asdict(config.recipe), base.sha256, texts)
    return Keeping(Checkpoints.of(models, identity), place.keep_every)
