"""Tell texts that are nearly the same: MinHash over runs of three characters, the same on any machine."""

import re
import unicodedata

from rensa import RMinHash, RMinHashLSH

_RUN = 3  # Characters.
_PERMUTATIONS = 128  # An estimate is off by 0.04 at 0.7.
# Of 4 hashes: of texts with 0.7 in common, one in ten thousand is overlooked. Of 8, in half the memory: of
# those with 0.9, one in ten thousand, too, and with 0.85 six in a thousand.
_BANDS, _FEW_BANDS = 32, 16
_ALIKE = 0.8
_SEED = 1


class Seen:
    """The texts so far."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        bands = _FEW_BANDS if threshold > _ALIKE else _BANDS
        self._index = RMinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS, num_bands=bands)
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
    hashed.update(list({letters[at : at + _RUN] for at in range(max(1, len(letters) - _RUN + 1))}))
    return hashed
