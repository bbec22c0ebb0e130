"""Put each prompt into one of 1000 buckets by its content, so that a split never moves."""

import hashlib
import re
import unicodedata

BUCKETS = 1000


def split_bucket(form: str, theme: str) -> int:
    """The same for "Rain", " rain. " and "RAIN": rewordings that small must not leak across a split."""
    plain = unicodedata.normalize("NFKC", theme).casefold()
    words = " ".join(re.findall(r"\w+", plain)) or plain.strip()
    digest = hashlib.sha256(f"{form}\0{words}".encode(errors="replace")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
