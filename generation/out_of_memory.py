"""Is it for want of memory that torch failed?"""

import torch


def out_of_memory(error: Exception) -> bool:
    """On a device, or (by its words only) on the processor."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
