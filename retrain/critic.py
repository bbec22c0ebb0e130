"""Learn a critic from rated pieces, and prove on pieces not seen that it is better than chance."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from feedback.buckets import split_bucket
from feedback.records import Figure
from generation.critic import LinearCritic, Proof
from generation.critic_features import COUNTED, Scale, counted, features, pair_hashes
from retrain.dataset import Example

_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # Of ridge regression; which one, is tried.
_MOST = 2500  # Liked and disliked pieces each that it is fitted to: those of which readers are surest.
_FEWEST = 6  # Liked and disliked pieces each, to learn from.
_PLENTY = 40  # Of each kind held out: they alone are asked then.
_FOLDS = 5
_ROUNDS = 2000
_SEED = 7
_SURE = 0.95
# In turn, critics learn from each other's pieces, which a bootstrap does not see: of 90 trials with shuffled
# ratings 9 % were proven at 95 %, and 4 % at 99 %.
_SURE_IN_TURN = 0.99
_USUAL = 3  # Pieces that a pair of words stands in, at least; and a hundredth of all.

Numbers = NDArray[np.float64]


def learn(examples: Sequence[Example]) -> LinearCritic | None:
    """A critic learned from the training part, with its proof.

    None if that part has too few liked or disliked pieces.
    """
    train = [example for example in examples if example.split == "train"]
    heldout = [example for example in examples if example.split == "heldout"]
    if not _of_both_kinds(train, _FEWEST):
        return None
    critic = fit(train)
    if _of_both_kinds(heldout, _PLENTY):
        return replace(critic, proof=prove(*_ratings(critic, heldout), _SURE))
    liked, disliked = _in_turn(examples)
    if min(len(liked), len(disliked)) < _FEWEST:  # Most are of one request.
        return critic
    return replace(critic, proof=prove(liked, disliked, _SURE_IN_TURN))


def _in_turn(examples: Sequence[Example]) -> tuple[Numbers, Numbers]:
    """Ratings foretold of liked and of disliked pieces, each by a critic learned from other requests.

    Of a dozen pieces held out nothing less than a striking difference would be certain.
    """
    found = []
    for fold in range(_FOLDS):
        inside, others = ([e for e in examples if (_fold(e) == fold) is wanted] for wanted in (True, False))
        if inside and _of_both_kinds(others, 1):
            found.append(_ratings(fit(others), inside))
    liked, disliked = (np.concatenate([pair[kind] for pair in found] or [np.empty(0)]) for kind in (0, 1))
    return liked, disliked


def _fold(example: Example) -> int:
    """The same for all pieces of a request."""
    return split_bucket(example.form, example.theme) % _FOLDS


def _ratings(critic: LinearCritic, examples: Sequence[Example]) -> tuple[Numbers, Numbers]:
    liked, disliked = (
        np.array([critic.rating(e.form, e.theme, e.text) for e in examples if e.liked == kind])
        for kind in (True, False)
    )
    return liked, disliked


def fit(examples: Sequence[Example]) -> LinearCritic:
    """Ridge regression of liked (1) and disliked (−1), which weigh the same together."""
    surest = [*_surest(examples, liked=True), *_surest(examples, liked=False)]
    ratings = np.array([1.0 if example.liked else -1.0 for example in surest])
    weights = np.array([example.weight for example in surest])
    for kind in (1.0, -1.0):
        weights[ratings == kind] /= weights[ratings == kind].mean()
    counts = np.array([counted(e.theme, e.text) for e in surest])
    scale = Scale.of(counts)
    given = np.array(
        [features(e.form, e.text, of_it, scale) for e, of_it in zip(surest, counts, strict=True)]
    )
    tells = telling(given[:, 2 * COUNTED :], ratings > 0)
    given[:, 2 * COUNTED :] *= tells
    center = np.average(given, axis=0, weights=weights)
    root = np.sqrt(weights)[:, None]
    solution = _ridge((given - center) * root, ratings * root[:, 0])
    bias = float(-center @ solution)
    solution[2 * COUNTED :] *= tells
    kept = tuple(round(float(w), 6) for w in solution)
    return LinearCritic(round(bias, 6), kept, scale=scale, usual=usual_pairs(examples))


def _surest(examples: Sequence[Example], *, liked: bool) -> list[Example]:
    alike = [example for example in examples if example.liked == liked]
    return sorted(alike, key=lambda example: (-example.weight, example.text_sha256))[:_MOST]


def telling(words: Numbers, liked: NDArray[np.bool_]) -> Numbers:
    """How much each hashed word tells liked from disliked pieces: the root of the logarithm of how much more
    often it stands in the ones than in the others, [BUCKETS]. Of `words`, [pieces, BUCKETS].

    After NBSVM (Wang & Manning 2012, "Baselines and Bigrams"), whose ratio it is without the root.
    """
    there = words != 0
    among = [(there[kind].sum(axis=0) + 1) / (kind.sum() + 2) for kind in (liked, ~liked)]
    found: Numbers = np.sqrt(np.abs(np.log(among[0] / among[1])))
    return found


def usual_pairs(examples: Sequence[Example]) -> frozenset[int]:
    """Pairs of words, hashed, that models have written again and again, liked or not.

    None that only people wrote: their words are no habit of the model's.
    """
    pieces = {example.text for example in examples if example.kind == "rated"}
    found = Counter(pair for text in pieces for pair in set(pair_hashes(text)))
    often = max(_USUAL, len(pieces) / 100)
    return frozenset(pair for pair, count in found.items() if count >= often)


def prove(liked: Numbers, disliked: Numbers, sure: float) -> Proof:
    """How often a liked piece pleases more than a disliked one, by the ratings that were foretold of them.

    With a bootstrap interval over both kinds, each end of it with this certainty.
    """
    above = (liked[:, None] > disliked).astype(float) + 0.5 * (liked[:, None] == disliked)
    random = np.random.default_rng(_SEED)
    draws = [random.multinomial(n, [1 / n] * n, size=_ROUNDS) / n for n in above.shape]
    rounds = np.einsum("rl,ld,rd->r", draws[0], above, draws[1], optimize=True)
    low, high = np.quantile(rounds, [1 - sure, sure])
    return Proof(float(above.mean()), float(low), float(high), len(liked), len(disliked))


def proof_figures(critic: LinearCritic | None) -> list[Figure]:
    """The proof as it is kept beside the verdict."""
    if critic is None or critic.proof is None:
        return []
    proof = critic.proof
    rated = proof.liked + proof.disliked
    return [Figure("critic_accuracy", proof.accuracy, rated, critic.proven, proof.low, proof.high)]


def _of_both_kinds(examples: Sequence[Example], fewest: int) -> bool:
    liked = sum(example.liked for example in examples)
    return min(liked, len(examples) - liked) >= fewest


def _ridge(design: Numbers, target: Numbers) -> Numbers:
    """The solution with the penalty of the least leave-one-out error, in closed form (Allen 1974, PRESS)."""
    left, singular, right = np.linalg.svd(design, full_matrices=False)
    along, squares = left.T @ target, singular**2

    def error(penalty: float) -> float:
        kept = squares / (squares + penalty)
        errors = (target - left @ (kept * along)) / np.maximum(1 - left**2 @ kept, 1e-6)
        return float((errors**2).mean())

    penalty = min(_PENALTIES, key=error)
    solution: Numbers = right.T @ (singular / (squares + penalty) * along)
    return solution
