"""Candidates that are really trained and really examined: on ratings as they are, and on shuffled ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from random import Random

from feedback.buckets import split_bucket
from generation.base_models import Base
from generation.cores import on_cores
from generation.versions import LoadedVersion, base_name, default_dtype, load_version, write_version
from retrain.config import Examination
from retrain.critic import learn
from retrain.dataset import Asked, Dataset, Example
from retrain.evaluation import examine, judged_pieces, write_pieces
from retrain.readers import plain_spoken
from retrain.recipe import Recipe
from retrain.series import Measured
from retrain.suite import Suite, asked_in_words, suite_from
from retrain.training import train
from retrain.yardsticks import Yardsticks

_FORMS = ("poem", "quatrain", "haiku", "limerick")
_THEMES = """
a bakery, a barn owl, a bicycle, a blue door, plums, a fence, a button, a cricket, a well, a ferry, barley,
a gate, a heron, a kettle, a kite, a ladder, a lantern, a hut, a nest, the new moon, boots, a path, a pear
tree, a pier, a rowing boat, a scarecrow, a village, a web, a bridge, a storm, a sunflower, a thimble, a tin
roof, a waterwheel, a willow, hay, a hedgehog, a key, a pond, a sledge, a sundial, a tunnel, chestnuts, the
wash on the line
"""
# 72 of 180 pieces are held out: half of them are as many as 250 ratings are judged on in the service.
_HELDOUT = 400
_USUAL = Examination()
_EXAMINATION = replace(_USUAL, pieces=2 * _USUAL.pieces, liked=2 * _USUAL.liked)


@dataclass(frozen=True, slots=True)
class Field:
    """The base, what a reader thinks of its pieces, and the suite that every candidate sits."""

    base: Base
    models: Path
    examples: list[Example]
    suite: Suite
    yardsticks: Yardsticks
    device: str

    def champion(self, seed: int) -> Measured:
        """The base, examined with seeds of its own each time: as good as itself."""
        suite = replace(self.suite, examination=replace(_EXAMINATION, seed=1000 * seed))
        return examine(self._loaded(base_name(self.base)), suite, self.yardsticks)

    def trained(self, seed: int, *, shuffled: bool) -> Measured:
        learned = [example for example in self.examples if example.split == "train"]
        if shuffled:
            learned = _shuffled(learned, seed)
        dataset, recipe = Dataset(tuple(learned)), Recipe(seed=seed)
        model, _ = on_cores(0, lambda: train(self.base, dataset, recipe, self.device, lambda *_: None))
        manifest = write_version(
            self.models,
            model=model,
            base=self.base,
            parent=base_name(self.base),
            lineage={},
            metrics={},
        )
        return examine(self._loaded(manifest.name), self.suite, self.yardsticks)

    def writing(self, text: str) -> Measured:
        """What a version is that answers every prompt with this text."""
        asked = [self.suite.prompts[i % len(self.suite.prompts)] for i in range(_EXAMINATION.pieces)]
        return judged_pieces([(prompt, text) for prompt in asked], self.yardsticks)

    def _loaded(self, name: str) -> LoadedVersion:
        return load_version(self.models, name, self.base, self.device, default_dtype(self.device))


def field_of(base: Base, models: Path, pieces: int, device: str, say: Callable[[str], None]) -> Field:
    """Have the base write so many pieces, and a reader rate them."""
    themes = [" ".join(theme.split()) for theme in _THEMES.split(",")]
    prompts: list[Asked] = [(form, theme, "en") for theme, form in product(themes, _FORMS)][:pieces]
    writing = Suite(tuple(prompts), (), (), Examination(pieces=len(prompts), seed=7))
    version = load_version(models, base_name(base), base, device, default_dtype(device))
    say(f"the base writes {len(prompts)} pieces")
    written = write_pieces(version, writing, lambda: None, Yardsticks().forms)
    examples = [_rated(number, asked, text) for number, (asked, text) in enumerate(written, 1)]
    critic = learn(examples)
    proven = critic if critic is not None and critic.proven else None
    yardsticks = Yardsticks(reader=plain_spoken, critic=proven)
    return Field(base, models, examples, suite_from(examples, _HELDOUT, _EXAMINATION), yardsticks, device)


def _rated(number: int, asked: Asked, text: str) -> Example:
    form, theme, language = asked
    split = "heldout" if split_bucket(form, theme) < _HELDOUT else "train"
    liked = plain_spoken(asked_in_words(asked), text) > 0
    digest = sha256(text.encode()).hexdigest()
    return Example(number, form, theme, language, text, digest, liked, 1.0, split, (((1, 1.0), 1.0),))


def _shuffled(examples: Sequence[Example], seed: int) -> list[Example]:
    labels = [example.liked for example in examples]
    Random(seed).shuffle(labels)  # noqa: S311 - an order, no secret.
    return [replace(example, liked=liked) for example, liked in zip(examples, labels, strict=True)]
