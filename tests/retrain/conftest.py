"""A real store, and rated pieces that the real model can learn from."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

from feedback.records import NewCompletion, NewPrompt
from feedback.store import Store
from generation.base_models import Base, prepare_base
from generation.forms import FORMS
from generation.versions import LoadedVersion, base_manifest, base_name, load_version
from retrain.version_row import version_row
from tests.generation.tiny import GROUPED
from tests.retrain.small import grow_small_base

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


# What the tiny model's tokenizer has read: the real one's 49,152 words would be most of the work.
_READ = (*THEMES, *(text for form in FORMS.values() for text in form.instruction.values()))
_WORDS = 1000


def store_with(base: Base, prepared_file: Path, folder: Path) -> Store:
    """An empty store on SQLite, whose champion is the base."""
    file = shutil.copy(prepared_file, folder / "rhapsode.db")
    opened = Store(f"sqlite:///{file}", b"key")
    manifest = base_manifest(base)
    opened.versions.add(version_row(manifest))
    opened.versions.promote(manifest.name, "first start")
    return opened


@pytest.fixture
def store(prepared_file: Path, tmp_path: Path, base: Base) -> Iterator[Store]:
    opened = store_with(base, prepared_file, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def tiny_store(prepared_file: Path, tmp_path: Path, tiny_base: Base) -> Iterator[Store]:
    opened = store_with(tiny_base, prepared_file, tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def tiny_base(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A model of no talent that trains in seconds, with the real one's template and far fewer words."""
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    tokenizer = AutoTokenizer.from_pretrained(str(base.folder)).train_new_from_iterator(_READ, _WORDS)
    tokenizer.save_pretrained(str(folder))
    shape = GROUPED | {"vocab_size": len(tokenizer)}
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(LlamaConfig(**shape, tie_word_embeddings=True))  # type: ignore[no-untyped-call]
    model.save_pretrained(str(folder))
    return prepare_base(str(folder), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def tiny(tiny_base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    return load_version(
        tmp_path_factory.mktemp("none"), base_name(tiny_base), tiny_base, "cpu", torch.float32
    )


def rate_pieces(store: Store, version: str, count: int) -> None:
    """Seed rated pieces: short plain lines are liked, long-winded ones are not."""
    rate_numbered(store, version, range(count))


def rate_numbered(store: Store, version: str, numbers: Iterable[int]) -> None:
    for number in numbers:
        liked, theme = number % 2 == 0, THEMES[number % len(THEMES)]
        text = (
            f"{theme} again,\nno. {number} on the sill,\nand the door is still."
            if liked
            else f"{theme} {number} " * 12
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


@pytest.fixture(scope="session")
def small_base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return grow_small_base(tmp_path_factory.mktemp("bases"))
