"""In which order the variants of a prompt are shown: as good as random, and the same whenever it is asked."""

import hashlib
from collections.abc import Iterable


def display_order(prompt_id: int, variants: Iterable[int]) -> list[int]:
    """What readers choose leans towards the first they see, so no variant is always the first."""
    return sorted(variants, key=lambda variant: hashlib.sha256(f"{prompt_id} {variant}".encode()).digest())
