"""Nobody outweighs the others: shares of the training weight, capped exactly."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import fsum
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
Parts = Sequence[tuple[K, float]]  # To whom a weight belongs; the parts sum to 1.

_FEW = 2.0  # So many times an even share are always allowed: few owners cannot each hold less than that.


def cap_shares(
    weights: Sequence[float], owners: Sequence[Parts[K]], share_of: Callable[[K], float]
) -> list[float]:
    """Scale what belongs to each owner down to their share of what remains."""
    return [weight for weight, _ in capped(weights, owners, share_of)]


def capped(
    weights: Sequence[float], owners: Sequence[Parts[K]], share_of: Callable[[K], float]
) -> list[tuple[float, Parts[K]]]:
    """The same with the parts in which what remains of a weight belongs to its owners.

    With these parts, to cap once more changes nothing.
    """
    held: dict[K, list[float]] = defaultdict(list)
    for weight, parts in zip(weights, owners, strict=True):
        for owner, part in parts:
            held[owner].append(weight * part)
    totals = {owner: fsum(parts) for owner, parts in held.items()}
    factors = _factors(totals, {owner: max(share_of(owner), _FEW / len(totals)) for owner in totals})
    if not factors:
        return list(zip(weights, owners, strict=True))
    return [_scaled(weight, parts, factors) for weight, parts in zip(weights, owners, strict=True)]


def cap_totals(weights: Sequence[float], owners: Sequence[K], most: float) -> list[float]:
    """Scale what belongs to each owner down to `most` in all."""
    held: dict[K, list[float]] = defaultdict(list)
    for weight, owner in zip(weights, owners, strict=True):
        held[owner].append(weight)
    factors = {owner: min(1.0, most / fsum(own)) for owner, own in held.items() if len(own) > 1}
    return [w * factors.get(owner, 1.0) for w, owner in zip(weights, owners, strict=True)]


def _scaled(weight: float, parts: Parts[K], factors: Mapping[K, float]) -> tuple[float, Parts[K]]:
    if not parts:
        return weight, parts
    scaled = [(owner, part * factors.get(owner, 1.0)) for owner, part in parts]
    left = fsum(part for _, part in scaled)
    return weight * left, parts if len(parts) == 1 else [(owner, part / left) for owner, part in scaled]


def _factors(totals: Mapping[K, float], shares: Mapping[K, float]) -> dict[K, float]:
    """By which those who hold too much are scaled, so that each then holds their share of the new sum."""
    heaviest_first = sorted(totals, key=lambda owner: (-totals[owner] / shares[owner], repr(owner)))
    capped: dict[K, float] = {}
    shared, rest = 0.0, fsum(totals.values())
    for owner in heaviest_first:
        if totals[owner] <= shares[owner] * rest / (1 - shared) * (1 + 1e-12):
            break
        capped[owner] = totals[owner]
        shared += shares[owner]
        rest = fsum(totals[other] for other in heaviest_first[len(capped) :])
    after = rest / (1 - shared) if capped else rest
    return {owner: shares[owner] * after / total for owner, total in capped.items()}
