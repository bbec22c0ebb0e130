"""What a candidate is trained on, and how, and its training."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from generation.base_models import Base
from generation.forms import Catalogue
from retrain.config import RunConfig
from retrain.dataset import Dataset
from retrain.objective_choice import Choice
from retrain.outcome import Show
from retrain.place import Place

if TYPE_CHECKING:
    from retrain.loop import Course, Keeping
    from retrain.rehearsal import Rehearsed

# Torch is imported where it is used: a run that has nothing to learn must not wait for it.


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a candidate is trained on and watched with, and how."""

    given: Dataset
    rehearsed: "Sequence[Rehearsed]"
    choice: Choice
    config: RunConfig  # With the recipe that is trained by.
    human: Sequence[str]  # That must not be forgotten.

    def as_dict(self) -> dict[str, Any]:
        """For the manifest of what comes of it."""
        return {
            "objective": asdict(self.choice),
            "config": self.config.as_dict(),
            "rehearsed": [one.as_row() for one in self.rehearsed],  # Written by the parent.
        }


@dataclass(frozen=True, slots=True)
class Taught:
    """A trained model, how that went, and how far it went on from there."""

    model: Any
    course: "Course"
    reach: float

    def as_dict(self) -> dict[str, float | None]:
        course = self.course
        return {
            "steps": course.step,
            "first_loss": course.first_loss,
            "last_loss": course.epochs[-1]["last_loss"],
            "tokens": course.tokens,
            "reach": self.reach,
            "seconds": round(course.seconds, 1),
        }


def taught(
    lesson: Lesson,
    base: Base,
    place: Place,
    forms: Catalogue,
    keeping: "Keeping",
    ready: Callable[[], None],
    show: Show,
) -> Taught:
    """Trained on one side of the split, watched on the other, and as far as language and variety allow."""
    from generation.cores import on_cores
    from generation.versions import load_tokenizer
    from retrain.heldout_curve import HeldOut
    from retrain.reach import go_as_far, texts_of
    from retrain.training import train

    recipe, objective = lesson.config.recipe, lesson.choice.objective
    learned, heldout = lesson.given.of("train"), lesson.given.of("heldout")

    def step(number: int, of: int, loss: float) -> None:
        show(stage="training", objective=objective, step=number, steps=of, loss=round(loss, 4))

    def trained() -> Taught:
        watched = HeldOut(heldout.examples, show)
        model, course = train(base, learned, recipe, place.device, step, forms, keeping, ready, watched)
        ready()
        show(stage="reaching")
        texts = texts_of(load_tokenizer(base), lesson.human, learned.examples, forms)
        return Taught(model, course, go_as_far(model, texts, recipe))

    ready()
    show(stage="training", objective=objective, step=0)
    return on_cores(place.threads, trained)
