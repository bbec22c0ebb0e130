"""Tell texts that are nearly the same: MinHash over runs of three characters, the same on any machine."""

import re
import unicodedata

from rensa import RMinHash, RMinHashLSH

_RUN = 3  # Characters.
_PERMUTATIONS = 128  # An estimate is off by 0.04 at 0.7.
_BANDS = 32  # Of 4: of texts with 0.7 in common, one in ten thousand is overlooked.
_SEED = 1


class Seen:
    """The texts so far."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._index = RMinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        self._hashes: list[RMinHash] = []

    def add(self, fingerprint: RMinHash) -> None:
        self._index.insert(len(self._hashes), fingerprint)
        self._hashes.append(fingerprint)

    def near(self, fingerprint: RMinHash) -> bool:
        """Is it nearly one of those so far?"""
        return any(
            fingerprint.jaccard(self._hashes[number]) >= self._threshold
            for number in self._index.query(fingerprint)
        )


def fingerprint(text: str) -> RMinHash:
    """What of a text is compared: letters and digits, in whatever case and punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    letters = " ".join(re.findall(r"\w+", plain)) or plain.strip()
    hashed = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    hashed.update(sorted({letters[at : at + _RUN] for at in range(max(1, len(letters) - _RUN + 1))}))
    return hashed
