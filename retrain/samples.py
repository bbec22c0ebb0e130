"""What is learned from as tokens: rated pieces in balance, pairs, and what people wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import fsum
from typing import Literal

from transformers import PreTrainedTokenizerBase

from generation.forms import FORMS, Catalogue
from generation.prompts import render_example
from generation.sampling import Sampling
from retrain.asking import asked_of, conversation
from retrain.dataset import Asked, Dataset, Example, Pair, Replay
from retrain.objective_choice import Objective
from retrain.weighting import cap_shares

# "judged" by itself, "paired" with the one beside it, or "written" by people and never judged.
Part = Literal["judged", "paired", "written"]
_BOUND = 4 / 3  # KTO, equation 8: liked ones weigh as much as disliked ones, or up to a third more.


@dataclass(frozen=True, slots=True)
class Sample:
    """One piece as tokens. Samples of a part weigh 1 each on average, disliked ones more if they are few."""

    prompt: list[int]
    completion: list[int]
    liked: bool
    weight: float
    reference: float = 0.0  # Log-likelihood of the completion under the base.
    group: str = ""  # Prompts of one group begin alike.
    part: Part = "judged"
    temperature: float = 1.0  # At which the completion is drawn; 1 for what people wrote.

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


Unit = tuple[Sample, ...]  # What stays together: a single piece, or the better and the worse of a pair.


def units_from(
    tokenizer: PreTrainedTokenizerBase,
    dataset: Dataset,
    objective: Objective,
    longest: int,
    forms: Catalogue = FORMS,
) -> list[Unit]:
    """What the objective learns from, as the writer would have met it, without what has too many tokens."""

    @cache
    def tokens_of(asked: Asked, text: str) -> tuple[list[int], list[int]]:
        return render_example(tokenizer, conversation(forms, asked), text)

    def fits(asked: Asked, *texts: str) -> bool:
        return all(sum(map(len, tokens_of(asked, text))) <= longest for text in texts)

    def sample(asked: Asked, text: str, liked: bool, weight: float, part: Part) -> Sample:
        form, _, language = asked
        drawn = forms[form].sampled(Sampling()).temperature or 1.0
        temperature = 1.0 if part == "written" else drawn
        group = f"{form} {language}"
        return Sample(*tokens_of(asked, text), liked, weight, group=group, part=part, temperature=temperature)

    fitting = _fitting(_learned(dataset, objective), fits, forms)
    found = [
        *_PARTS[objective](fitting, sample),
        *([_written(text, sample, forms)] for text in fitting.replay),
    ]
    return [tuple(unit) for unit in found]


_MakeSample = Callable[[Asked, str, bool, float, Part], Sample]


def _learned(dataset: Dataset, objective: Objective) -> Dataset:
    """Only what the objective learns from has to be read as tokens."""
    if objective == "dpo":
        own = tuple(e for e in dataset.examples if e.kind == "demonstration")
        return replace(dataset, examples=own)
    examples = tuple(e for e in dataset.examples if e.liked or objective == "kto")
    return replace(dataset, examples=examples, pairs=())


def _fitting(dataset: Dataset, fits: Callable[..., bool], forms: Catalogue) -> Dataset:
    """Without what is too long: before anything is weighed, for what is balanced has to be there."""
    return replace(
        dataset,
        examples=tuple(e for e in dataset.examples if fits(e.asked, e.text)),
        pairs=tuple(pair for pair in dataset.pairs if fits(pair.asked, pair.chosen, pair.rejected)),
        replay=tuple(text for text in dataset.replay if fits(asked_of(text, forms), text.text)),
    )


def _judged_alone(dataset: Dataset, sample: _MakeSample) -> list[list[Sample]]:
    return [[piece] for piece in _judged(dataset.examples, sample)]


def _rated(dataset: Dataset, sample: _MakeSample) -> list[list[Sample]]:
    """At most as many disliked as liked ones: there is more to learn from what readers want.

    The weightiest, so that one reader's many dislikes do not take the place of everybody's; of these as a
    hash decides, so they are the same on any machine.
    """
    liked = [example for example in dataset.examples if example.liked]
    weightiest = sorted(
        (example for example in dataset.examples if not example.liked),
        key=lambda example: (-example.weight, example.text_sha256),
    )
    disliked = weightiest[: len(liked)]
    more = max(1.0, len(liked) / (_BOUND * len(disliked))) if disliked else 1.0
    worse = [replace(piece, weight=more * piece.weight) for piece in _judged(disliked, sample)]
    return [[piece] for piece in (*_judged(liked, sample), *worse)]


def _pairs(dataset: Dataset, sample: _MakeSample) -> list[list[Sample]]:
    """The pairs, and to imitate what readers wrote themselves."""
    pairs = [
        [
            _as_written(sample(pair.asked, pair.chosen, True, weight, "paired"), pair.kind),
            sample(pair.asked, pair.rejected, False, weight, "paired"),
        ]
        for pair, weight in zip(dataset.pairs, _weights(dataset.pairs), strict=True)
    ]
    own = _judged(dataset.examples, sample)
    return [*pairs, *([replace(piece, part="written")] for piece in own)]


_PARTS: dict[Objective, Callable[[Dataset, _MakeSample], list[list[Sample]]]] = {
    "sft": _judged_alone,
    "kto": _rated,
    "dpo": _pairs,
}


def _judged(examples: Sequence[Example], sample: _MakeSample) -> list[Sample]:
    return [
        _as_written(sample(e.asked, e.text, e.liked, weight, "judged"), e.kind)
        for e, weight in zip(examples, _weights(examples), strict=True)
    ]


def _as_written(piece: Sample, kind: str) -> Sample:
    """A reader who wrote it did not draw it at a temperature."""
    return replace(piece, temperature=1.0) if kind == "demonstration" else piece


def _written(text: Replay, sample: _MakeSample, forms: Catalogue) -> Sample:
    return sample(asked_of(text, forms), text.text, True, text.weight, "written")


def _weights(learned: Sequence[Example] | Sequence[Pair]) -> list[float]:
    """1 on average. Capped again, for some of those among whom readers' shares were counted are gone."""
    owners = [one.owners for one in learned]
    weights = cap_shares([one.weight for one in learned], owners, lambda owner: owner[1])
    mean = fsum(weights) / max(1, len(weights))
    return [weight / mean for weight in weights]


def with_references(units: Sequence[Unit], references: Sequence[float]) -> list[Unit]:
    """The units with what the base makes of their samples, in the samples' order."""
    found = iter(references)
    return [tuple(replace(sample, reference=next(found)) for sample in unit) for unit in units]
