"""A run that cannot begin leaves no row behind."""

from pathlib import Path

import pytest

from generation.base_models import NotAModel
from tests.retrain.conftest import rate_pieces
from tests.worker.test_writing import VERSION
from worker.parts import Parts
from worker.retraining import Retraining
from worker.settings import Settings


def parts_in(home: Path, **more: object) -> Parts:
    values = {"openai_url": "http://127.0.0.1:1/v1", "openai_model": "large", "min_liked": 2, **more}
    parts = Parts(Settings(home=home, engine="openai", min_new_ratings=0, **values))  # type: ignore[arg-type]
    parts.store.versions.add(VERSION)
    return parts


def test_without_a_model_to_train_a_run_is_refused_before_it_is_a_row(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    rate_pieces(parts.store, VERSION.name, 96)
    with pytest.raises(NotAModel, match="RHAPSODE_MODEL"):
        Retraining(parts).run()
    assert parts.store.runs.latest(1) == []
    parts.close()


def test_with_too_little_to_learn_from_it_is_skipped_with_its_reasons(tmp_path: Path) -> None:
    parts = parts_in(tmp_path)
    record = Retraining(parts).run()
    assert (record.status, parts.store.runs.latest(1)) == ("skipped", [record])
    assert record.reasons
    parts.close()


def test_an_operators_default_of_consent_reaches_the_run(tmp_path: Path) -> None:
    parts = parts_in(tmp_path, consent_default=False)
    rate_pieces(parts.store, VERSION.name, 96)
    assert Retraining(parts).run().status == "skipped"
    parts.close()
