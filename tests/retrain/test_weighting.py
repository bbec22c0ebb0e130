"""Shares of the weight, capped."""

import random
from collections import defaultdict
from math import fsum

import pytest

from retrain.weighting import cap_shares, cap_totals, capped

Owners = list[list[tuple[int, float]]]


def held(weights: list[float], owners: Owners, capped: list[float]) -> dict[int, float]:
    """What is left to each, if everybody keeps their part of a shared weight, scaled as they were alone."""
    by_owner: dict[int, float] = defaultdict(float)
    for weight, parts in zip(capped, owners, strict=True):
        for owner, part in parts:
            by_owner[owner] += weight * part
    return by_owner


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_one_with_nine_tenths_of_it_keeps_their_share_at_most(share: float) -> None:
    owners: Owners = [[(0, 1.0)]] * 900 + [[(1 + n % 30, 1.0)] for n in range(100)]
    capped = cap_shares([1.0] * 1000, owners, lambda _: share)
    assert max(held([], owners, capped).values()) <= share * fsum(capped) * (1 + 1e-9)
    assert capped[900:] == [1.0] * 100


@pytest.mark.parametrize(("others", "most"), [(1, 0.9), (2, 2 / 3), (4, 0.4), (9, 0.2), (19, 0.1), (99, 0.1)])
def test_few_may_hold_twice_an_even_share(others: int, most: float) -> None:
    owners: Owners = [[(0, 1.0)]] * (9 * others) + [[(1 + n, 1.0)] for n in range(others)]
    capped = cap_shares([1.0] * len(owners), owners, lambda _: 0.1)
    assert fsum(capped[: 9 * others]) / fsum(capped) == pytest.approx(most)


@pytest.mark.parametrize("seed", range(20))
def test_nobody_holds_more_than_their_share_however_it_is_spread(seed: int) -> None:
    draw = random.Random(seed)
    count = draw.randint(3, 60)
    owners: Owners = [[(int(draw.paretovariate(0.6)) % count, 1.0)] for _ in range(500)]
    weights = [draw.random() for _ in owners]
    shares = {owner: draw.choice([0.1, 0.3]) for owner in range(count)}
    capped = cap_shares(weights, owners, shares.__getitem__)
    by_owner, total = held(weights, owners, capped), fsum(capped)
    for owner, mine in by_owner.items():
        assert mine <= max(shares[owner], 2 / len(by_owner)) * total * (1 + 1e-9)
    assert all(after <= before for after, before in zip(capped, weights, strict=True))


def test_of_a_shared_weight_only_the_part_of_the_one_who_holds_too_much_shrinks() -> None:
    owners: Owners = [[(0, 1.0)]] * 80 + [[(0, 0.5), (1, 0.5)]] + [[(n, 1.0)] for n in range(1, 20)]
    capped = cap_shares([1.0] * 100, owners, lambda _: 0.1)
    factor = capped[0]
    assert capped[80] == pytest.approx(0.5 + factor / 2)


def test_to_cap_once_more_changes_nothing() -> None:
    owners: Owners = [[(0, 1.0)]] * 80 + [[(0, 0.5), (n, 0.5)] for n in range(1, 9)]
    owners += [[(n, 1.0)] for n in range(1, 20)] + [[]]
    once = capped([1.0] * len(owners), owners, lambda _: 0.1)
    weights = [weight for weight, _ in once]
    assert fsum(weights) < len(owners)
    assert cap_shares(weights, [parts for _, parts in once], lambda _: 0.1) == pytest.approx(weights)


def test_the_order_of_what_is_weighed_changes_nothing() -> None:
    draw = random.Random(1)
    owners: Owners = [[(draw.randrange(9), 0.3), (draw.randrange(9), 0.7)] for _ in range(300)]
    weights = [draw.random() for _ in owners]
    order = draw.sample(range(300), 300)
    capped = cap_shares(weights, owners, lambda _: 0.05)
    again = cap_shares([weights[n] for n in order], [owners[n] for n in order], lambda _: 0.05)
    assert again == [capped[n] for n in order]


def test_a_request_made_again_and_again_weighs_no_more_than_its_cap() -> None:
    capped = cap_totals([1.0] * 101, ["rain"] * 100 + ["sea"], most=3.0)
    assert fsum(capped[:100]) == pytest.approx(3.0)
    assert capped[100] == 1.0


def test_what_belongs_to_nobody_is_left_alone() -> None:
    assert cap_shares([1.0, 1.0], [(), ()], lambda _: 0.1) == [1.0, 1.0]
