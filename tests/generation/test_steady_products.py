"""Whether products round alike is tried: here with products that do, and with some that do not."""

from collections.abc import Callable

import pytest
import torch

from generation.steady_products import PART, Product, most_rows, multiple_of_rows


def off_for(rows: Callable[[int], bool]) -> Callable[[torch.Tensor], Product]:
    """Something of each row alone, which comes to something else for so many rows."""
    return lambda _: lambda inputs: inputs[:, :8] * (1 + 1e-3 * rows(len(inputs)))


@pytest.mark.parametrize(
    ("rows", "most"), [(lambda _: False, None), (lambda n: n > PART, PART), (lambda n: n == 192, PART)]
)
def test_where_many_rows_round_otherwise_products_are_taken_in_parts(
    rows: Callable[[int], bool], most: int | None
) -> None:
    assert most_rows(off_for(rows), torch.float32) == most


@pytest.mark.parametrize(
    ("rows", "multiple"),
    [
        (lambda _: False, 2),
        (lambda n: n == 1, 2),
        (lambda n: n < 4, 4),
        (lambda n: n % 4, 4),
        (lambda n: n < 16, 16),
    ],
)
def test_rows_come_in_multiples_that_round_alike(rows: Callable[[int], bool], multiple: int) -> None:
    assert multiple_of_rows(off_for(rows), torch.float32) == multiple
