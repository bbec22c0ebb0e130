"""A real store, and rated pieces that the real model can learn from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.database import migrate
from feedback.records import NewCompletion, NewPrompt, NewVersion
from feedback.store import Store
from generation.base_models import Base
from generation.versions import base_manifest

THEMES = (
    "rain",
    "bread",
    "an owl",
    "the tide",
    "a kite",
    "snow",
    "tea",
    "a ladder",
    "bees",
    "hay",
    "fog",
    "a pier",
)


@pytest.fixture
def store(tmp_path: Path, base: Base) -> Iterator[Store]:
    """An empty store on SQLite, whose champion is the base."""
    url = f"sqlite:///{tmp_path / 'rhapsode.db'}"
    migrate(url)
    opened = Store(url, b"key")
    manifest = base_manifest(base)
    opened.versions.add(
        NewVersion(
            manifest.name, manifest.artifact_sha256, "base", None, base.id, base.sha256,
            base.tokenizer_sha256, base.template_sha256, "candidate",
        )
    )  # fmt: skip
    opened.versions.promote(manifest.name, "first start")
    yield opened
    opened.close()


def rate_pieces(store: Store, version: str, count: int) -> None:
    """Seed rated pieces: short plain lines are liked, long-winded ones are not."""
    for number in range(count):
        liked, theme = number % 2 == 0, THEMES[number % len(THEMES)]
        text = (
            f"{theme} again,\nno. {number} on the sill,\nand the door is still."
            if liked
            else f"{theme} " * 12
        )
        prompt_id, _ = store.prompts.accept(
            NewPrompt(
                f"k{number}",
                "terminal",
                "",
                "ann",
                "ann",
                "",
                "",
                "en",
                "haiku",
                f"{theme} {number}",
                "en",
                {},
            )
        )
        claimed = store.prompts.claim(prompt_id, 60, 3)
        assert claimed is not None
        new = NewCompletion(version, number, text, 40, 20, 1.0, 2.0, "stop")
        answer = store.prompts.finish(prompt_id, claimed.lease, new)
        store.ratings.rate("terminal", "", "ann", answer.completion_id, 1.0 if liked else -1.0, "button")
