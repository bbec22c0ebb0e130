"""The loss falls when liked pieces become likelier than under the base, and disliked ones less likely."""

import pytest
import torch

from retrain.objective import imitation, preference
from retrain.samples import Sample


def sample(*, liked: bool, weight: float = 1.0, reference: float = -10.0) -> Sample:
    return Sample([1, 2], [3, 4], liked, weight, reference)


@pytest.mark.parametrize(
    ("liked", "likelihood", "loss"),
    [(True, -10.0, 0.5), (False, -10.0, 0.5), (True, 90.0, 0.0), (False, 90.0, 1.0), (True, -110.0, 1.0)],
)
def test_a_gain_counts_for_liked_and_against_disliked_pieces(
    liked: bool, likelihood: float, loss: float
) -> None:
    found = preference(torch.tensor([likelihood]), [sample(liked=liked)], beta=0.1)
    assert float(found) == pytest.approx(loss, abs=1e-3)


def test_a_heavier_piece_counts_more() -> None:
    light, heavy = (
        preference(torch.tensor([-10.0, -10.0]), [sample(liked=True, weight=w), sample(liked=False)], 0.1)
        for w in (1.0, 3.0)
    )
    assert float(heavy) > float(light)


def test_only_liked_pieces_are_imitated() -> None:
    tokens = torch.tensor([2, 2])
    batch = [sample(liked=True), sample(liked=False)]
    assert float(imitation(torch.tensor([-4.0, -100.0]), tokens, batch)) == pytest.approx(2.0)
    assert float(imitation(torch.tensor([-4.0]), tokens[:1], [sample(liked=False)])) == 0.0
