"""Which objective a candidate is trained towards: decided by what there is to learn from."""

from dataclasses import dataclass
from typing import Literal

from retrain.dataset import Counts, Minimums

Objective = Literal["sft", "kto", "dpo"]
Wanted = Literal["auto", "sft", "kto", "dpo"]


@dataclass(frozen=True, slots=True)
class Enough:
    """From how much on an objective is worth its name."""

    disliked: int = 10  # Fewer say what one reader minds, not what to avoid.
    pairs: int = Minimums().pairs  # They teach what is better; too few, only what these readers compared.
    pairs_per_liked: float = 0.5  # With fewer, most of what is known would be left aside.


@dataclass(frozen=True, slots=True)
class Choice:
    objective: Objective
    reason: str


def choose(counts: Counts, wanted: Wanted = "auto", enough: Enough | None = None) -> Choice:
    """SFT with liked texts alone, KTO with disliked ones as well, DPO once there are enough pairs.

    What is `wanted` is done if there is anything to do it with.
    """
    by_rule = _by_rule(counts, enough or Enough())
    if wanted == "auto":
        return by_rule
    lacking = _lacking(counts)[wanted]
    if lacking:
        return Choice(by_rule.objective, f"{wanted} is set, but there are no {lacking}; {by_rule.reason}")
    return Choice(wanted, "as it is set")


def _by_rule(counts: Counts, enough: Enough) -> Choice:
    liked = counts.liked + counts.demonstrations
    needed = max(enough.pairs, enough.pairs_per_liked * liked)
    if counts.pairs >= needed:
        return Choice("dpo", f"{counts.pairs} pairs of a better and a worse text")
    if counts.disliked >= enough.disliked and liked:
        return Choice(
            "kto", f"{liked} liked and {counts.disliked} disliked texts, {counts.pairs} of {needed:.0f} pairs"
        )
    return Choice("sft", f"{liked} liked texts and {counts.disliked} disliked of {enough.disliked}")


def _lacking(counts: Counts) -> dict[str, str]:
    liked = counts.liked + counts.demonstrations
    return {
        "sft": "" if liked else "liked texts",
        "kto": "" if liked and counts.disliked else "texts of both kinds",
        "dpo": "" if counts.pairs else "pairs",
    }
