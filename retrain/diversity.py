"""How alike the pieces of one version are, piece by piece: distinct-n and self-BLEU."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sacrebleu.metrics.bleu import BLEU

from generation.text_metrics import ngrams, words_of
from retrain.series import Series, mean_of


def distinct(texts: Sequence[str], items: Sequence[str], n: int) -> Series:
    """Distinct n-grams over all n-grams (Li et al. 2016, arXiv:1510.03055).

    An n-gram that stands k times gives 1/k to each of its places, so the parts add up to the distinct ones.
    """
    grams = [ngrams(text, n) for text in texts]
    counts = Counter(gram for of_text in grams for gram in of_text)
    parts = tuple(sum(1 / counts[gram] for gram in of_text) for of_text in grams)
    return Series(f"distinct_{n}", tuple(items), parts, tuple(float(len(of_text)) for of_text in grams))


class Said:
    """The pairs of words that some texts hold, to tell how much another one adds to them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._pairs: set[tuple[str, ...]] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        self._pairs.update(ngrams(text, 2))

    def newness(self, text: str) -> float:
        """The share of its pairs of words that no text held before, a repeated one told once; 0 … 1."""
        pairs = ngrams(text, 2)
        return len(set(pairs) - self._pairs) / len(pairs) if pairs else 0.0


def self_bleu(texts: Sequence[str], items: Sequence[str]) -> Series:
    """How well each text is foretold by the others, 0 … 1 (Zhu et al. 2018, arXiv:1802.01886).

    A text without words says the same as all others without words: 1.
    """
    bleu = BLEU(effective_order=True, tokenize="none", smooth_method="exp")
    spaced = [" ".join(words_of(text)) for text in texts]
    scores = [
        bleu.sentence_score(text, [*spaced[:i], *spaced[i + 1 :]]).score / 100 if text else 1.0
        for i, text in enumerate(spaced)
    ]
    return mean_of("self_bleu", items, scores if len(texts) > 1 else [0.0] * len(texts))
