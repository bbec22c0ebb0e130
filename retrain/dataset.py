"""What a candidate learns from and is judged on, and whether that is enough."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from generation.examples_repeated import repeated
from generation.forms import Catalogue

Asked = tuple[str, str, str]  # Form, theme and language.
Owner = tuple[int, float]  # A reader, and the share of what is learned from that they may hold.
Owners = tuple[tuple[Owner, float], ...]  # With their parts of one weight, which sum to 1.


@dataclass(frozen=True, slots=True)
class Minimums:
    """Below these there is nothing to learn yet."""

    liked: int = 30  # Pieces to train on.
    liked_heldout: int = 3  # Pieces to judge on.
    new_ratings: int = 20  # Choices and own versions too, since the last run that came to a verdict.
    readers: int = 1  # Whose opinions there are to train on.
    pairs: int = 200  # That are learned from by themselves: with so many, what was chosen counts as liked.


@dataclass(frozen=True, slots=True)
class Example:
    """A text for a request, liked or not. A demonstration is what a reader wrote in a completion's place."""

    completion_id: int
    form: str
    theme: str
    language: str
    text: str
    text_sha256: str
    liked: bool
    weight: float
    split: str  # "train" or "heldout".
    owners: Owners  # Who made it what it is; nobody, of what is rehearsed.
    kind: str = "rated"  # Or "demonstration".
    model_version: str = ""  # That wrote it; empty: a person.
    demonstration_id: int | None = None

    @property
    def asked(self) -> Asked:
        return (self.form, self.theme, self.language)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts for one request, of which readers preferred the first."""

    chosen_id: int  # A completion; of a demonstration, the one in whose place it was written.
    rejected_id: int
    form: str
    theme: str
    language: str
    chosen: str
    rejected: str
    weight: float
    split: str  # "train" or "heldout".
    owners: Owners
    kind: str = "preference"  # Or "contrast" (ratings of one prompt's texts), or "demonstration".
    demonstration_id: int | None = None  # Of the chosen text, if a reader wrote it.

    @property
    def asked(self) -> Asked:
        return (self.form, self.theme, self.language)


@dataclass(frozen=True, slots=True)
class Replay:
    """A text that people wrote, from a registered corpus: learned from too, against collapse."""

    source: str  # The corpus.
    title: str  # Stands for the theme; may be empty.
    language: str
    text: str
    text_sha256: str
    split: str  # "train".
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is to train on."""

    liked: int
    disliked: int
    demonstrations: int
    pairs: int
    replay: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """What one run learns from and is judged on."""

    examples: tuple[Example, ...] = ()  # By completion; demonstrations last.
    pairs: tuple[Pair, ...] = ()
    replay: tuple[Replay, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)  # Texts, by reason.

    @property
    def counts(self) -> Counts:
        examples = [example for example in self.examples if example.split == "train"]
        return Counts(
            liked=sum(example.liked and example.kind == "rated" for example in examples),
            disliked=sum(not example.liked for example in examples),
            demonstrations=sum(example.kind == "demonstration" for example in examples),
            pairs=sum(pair.split == "train" for pair in self.pairs),
            replay=sum(text.split == "train" for text in self.replay),
        )

    def of(self, split: str) -> "Dataset":
        """One side of the split."""
        return replace(
            self,
            examples=tuple(example for example in self.examples if example.split == split),
            pairs=tuple(pair for pair in self.pairs if pair.split == split),
            replay=tuple(text for text in self.replay if text.split == split),
        )

    def with_forms(self, forms: Catalogue) -> "Dataset":
        """Without requests for a form that an operator has taken away, and without liked texts that repeat an
        example of theirs: from those a model learns to copy what it is shown."""
        examples = [example for example in self.examples if example.form in forms]
        pairs = [pair for pair in self.pairs if pair.form in forms]
        kept = [e for e in examples if not (e.liked and repeated(forms[e.form], e.theme, e.text))]
        told = [pair for pair in pairs if not repeated(forms[pair.form], pair.theme, pair.chosen)]
        repeating = len(examples) - len(kept) + len(pairs) - len(told)
        left_out = dict(self.left_out) | ({"repeats an example of its form": repeating} if repeating else {})
        return replace(self, examples=tuple(kept), pairs=tuple(told), left_out=left_out)


def enough(dataset: Dataset, fresh: int, minimums: Minimums) -> list[str]:
    """Why there is too little to learn from; empty when there is enough."""
    texts = {(example.split, example.text) for example in dataset.examples if example.liked}
    if dataset.counts.pairs >= minimums.pairs:
        texts |= {(pair.split, pair.chosen) for pair in dataset.pairs}
    found = Counter(split for split, _ in texts)
    learned = dataset.of("train")
    owners = [*(one.owners for one in learned.examples), *(one.owners for one in learned.pairs)]
    readers = {reader for some in owners for (reader, _), _ in some}
    wanted: list[tuple[int, int, Callable[[int], str]]] = [
        (
            fresh,
            minimums.new_ratings,
            lambda n: f"{n} new ratings, choices and own versions since the last run",
        ),
        (found["train"], minimums.liked, lambda n: f"{n} liked pieces to learn from"),
        (found["heldout"], minimums.liked_heldout, lambda n: f"{n} liked pieces to be judged on"),
        (len(readers), minimums.readers, lambda n: f"{n} readers to learn from"),
    ]
    return [f"{say(have)}, {need} needed" for have, need, say in wanted if have < need]
