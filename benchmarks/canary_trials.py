"""Simulated trials of a canary: readers who come again, raters who agree, a look after every rating."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from retrain.canary import CanaryRules, Step, Vote, counted, decide, weigh

RULES = CanaryRules()


@dataclass(frozen=True, slots=True)
class World:
    """Who rates in a trial. Ratings are thumbs: −1 or 1."""

    readers: int = 300
    ratings: int = 6  # Of one reader in the mean, geometrically spread: a few rate much, most little.
    share: float = 0.2
    gain: float = 0.0  # By which the probability of a liked piece is raised for those tried on.
    mood: float = 0.25  # Deviation of readers' own probability: ratings of one reader hang together.
    fashion: float = 0.15  # Deviation of what all readers of one time share.


def votes_of(world: World, random: np.random.Generator) -> list[Vote]:
    """One trial's votes in the order given. One reader in twenty rates other readers' pieces as well."""
    drawn = random.random(world.readers) < world.share
    mood = random.normal(0.55, world.mood, world.readers)
    fashion = random.normal(0, world.fashion, 8)
    times = random.geometric(1 / world.ratings, world.readers)
    order = random.permutation(np.repeat(np.arange(world.readers), times))
    meddlers = np.flatnonzero(random.random(world.readers) < 0.05)
    votes = []
    for completion, reader in enumerate(map(int, order)):
        rater = int(random.choice(meddlers)) if len(meddlers) and random.random() < 0.1 else reader
        likes = mood[rater] + fashion[8 * completion // len(order)] + world.gain * drawn[reader]
        value = 1.0 if random.random() < likes else -1.0
        votes.append(Vote(reader, bool(drawn[reader]), completion, rater, value))
    return votes


def outcome(votes: list[Vote], share: float, rules: CanaryRules = RULES) -> Step:
    """The first decision of all that are made, one after each rating that counts; "wait" if there is none."""
    readers = counted(votes, rules.ratings)

    def after(seen: int) -> Step:
        return decide(weigh(readers[:seen], share), timedelta(0), rules).step

    if after(len(readers)) == "wait":  # A bet that ever had enough is remembered, so there was no decision.
        return "wait"
    return next(step for seen in range(1, len(readers) + 1) if (step := after(seen)) != "wait")


def shares_of(world: World, trials: int, seed: int = 0) -> dict[Step, float]:
    """How often each outcome came."""
    random = np.random.default_rng(seed)
    outcomes = [outcome(votes_of(world, random), world.share) for _ in range(trials)]
    return {step: outcomes.count(step) / trials for step in ("promote", "quarantine", "end", "wait")}
