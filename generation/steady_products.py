"""Does a product round alike however many rows it has? Tried on this machine, not assumed.

A math library takes another kernel for another number of rows, and not all of them sum in one order: on CPUs
with matrix units (AMX) more than 32 rows of bfloat16 do otherwise, on others they do not.
"""

from collections.abc import Callable, Sequence

import torch

PART = 32  # Rows of a product that is taken in parts.
_ROWS = (2, 4, 6, 12, 16, 20, PART, 34, 40, 48, 64, 96, 128, 160, 192, 256, 320, 512)
_TOGETHER = (2, 4, 16)  # Rows that come together in float32, where fewer do not round alike.
_SHAPES = ((576, 1536), (1536, 576), (576, 192))  # Inputs and outputs of a small model's layers.

Product = Callable[[torch.Tensor], torch.Tensor]
ProductOf = Callable[[torch.Tensor], Product]  # By its weights, [outputs, inputs].


def most_rows(product_of: ProductOf, dtype: torch.dtype) -> int | None:
    """So many rows at once at most, that each row comes to the same in any product. None: any number."""
    return None if alike(product_of, dtype, _ROWS) else PART


def multiple_of_rows(product_of: ProductOf, dtype: torch.dtype) -> int:
    """Products of fewer rows take other kernels, so rows come in multiples of this."""
    *few, most = _TOGETHER
    return next((number for number in few if alike(product_of, dtype, _multiples(number))), most)


def _multiples(of: int) -> tuple[int, ...]:
    """All of them up to a part, and fours of more rows."""
    return (*range(of, PART, of), *range(PART, 4 * PART, 4))


@torch.inference_mode()
def alike(product_of: ProductOf, dtype: torch.dtype, rows: Sequence[int]) -> bool:
    """Do the first of some rows come to the same in products of so many of them?"""
    draw = torch.Generator().manual_seed(1)
    for inputs, outputs in _SHAPES:
        product = product_of(torch.randn(outputs, inputs, generator=draw).to(dtype))
        drawn = torch.randn(max(rows), inputs, generator=draw).to(dtype)
        whole = product(drawn)
        if not all(torch.equal(product(drawn[:count]), whole[:count]) for count in rows):
            return False
    return True
