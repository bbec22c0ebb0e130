"""Which pieces share a step, and in which order the steps come: decided by the seed alone."""

from collections.abc import Sequence
from random import Random

from retrain.recipe import Recipe
from retrain.samples import Sample, Unit


def batches(units: Sequence[Unit], recipe: Recipe, epoch: int = 0) -> list[list[Sample]]:
    """Every unit once. Those that begin alike or are of like length go together.

    Rated pieces of one prompt never do: what is learned of one would be counted against the other.
    """
    random = Random(f"{recipe.seed} {epoch}")  # noqa: S311 - an order, no secret.
    shuffled = sorted(
        random.sample(units, len(units)), key=lambda unit: (unit[0].group, len(unit[0]) // recipe.bucket)
    )
    in_order = apart(shuffled, recipe.batch)
    return random.sample(in_order, len(in_order))


def apart(units: Sequence[Unit], most: int) -> list[list[Sample]]:
    """Batches of at most so many samples, in order, none with two rated pieces of one prompt.

    A unit that does not fit waits for the next batch.
    """
    made = []
    left = list(units)
    while left:
        batch: list[Sample] = []
        prompts: set[tuple[int, ...]] = set()
        waiting = []
        for number, unit in enumerate(left):
            if batch and len(batch) + len(unit) > most:
                waiting += left[number:]
                break
            prompt = tuple(unit[0].prompt)
            if unit[0].part == "judged" and prompt in prompts:
                waiting.append(unit)
                continue
            prompts.add(prompt)
            batch += unit
        made.append(batch)
        left = waiting
    return made
