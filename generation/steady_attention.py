"""Does attention round alike however many masked columns it is given? Tried on this machine, not assumed."""

from functools import cache

import torch
from torch.nn.functional import scaled_dot_product_attention

STEP = 16  # Columns come in multiples of these.
_ROWS = 64  # So many that a sum in another order shows in some, for bfloat16 hides most of them.


@cache
def steady(queries: int, size: int, dtype: torch.dtype, most: int) -> bool:
    """For so many queries of so many numbers, and up to `most` columns, on the CPU.

    The math library takes another kernel for another size of a product, and not all of them sum in one order.
    """
    draw = torch.Generator().manual_seed(1)
    query = torch.randn(_ROWS, 1, queries, size, generator=draw).to(dtype)
    keys, values = torch.randn(2, _ROWS, 1, most, size, generator=draw).to(dtype)
    for columns in range(STEP, most, STEP):
        mask = torch.zeros(1, most, dtype=dtype)
        mask[:, columns - STEP // 2 :] = float("-inf")
        few, all_ = (
            scaled_dot_product_attention(query, keys[:, :, :n], values[:, :, :n], attn_mask=mask[:, :n])
            for n in (columns, most)
        )
        if not torch.equal(few, all_):
            return False
    return True
