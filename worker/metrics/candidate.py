"""How the last run's candidate measured: each measure a figure in its own unit, and which rules it passed."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily

from feedback.records import RULE, Figure

MEASURES = {
    "perplexity": "Perplexity of liked pieces that it has not learned from.",
    "bits_per_byte_liked": "Bits that it takes for a byte of those.",
    "bits_per_byte_human": "Bits that it takes for a byte of what people wrote.",
    "contrast": "Bits a byte by which better pieces are likelier than worse ones.",
    "preference_accuracy": "Share of pairs whose better piece is the likelier one.",
    "distinct_2": "Share of word pairs that are different ones.",
    "distinct_3": "Share of word triples that are different ones.",
    "self_bleu": "Likeness of its pieces to each other, 0 to 1.",
    "repetition": "Share of words that repeat what is before them in the piece.",
    "form": "Mean score of its pieces by their form's checks, 0 to 1.",
    "words": "Words a piece.",
    "safe": "Share of pieces that may be shown.",
    "original": "Share of pieces that quote nothing.",
    "score": "Mean score by a reader's function.",
    "liking": "Mean liking that the critic expects.",
    "critic_accuracy": "Share of held-out ratings that the critic foretells.",
}

Families = dict[str, GaugeMetricFamily]


def candidate_families() -> Families:
    """By measure; the rules under an empty name."""
    passed = GaugeMetricFamily("rhapsode_gate_rule_passed", "1 if it passed the rule.", labels=["rule"])
    measured = {
        name: GaugeMetricFamily(f"rhapsode_candidate_{name}", says, labels=[])
        for name, says in MEASURES.items()
    }
    return measured | {"": passed}


def add_figures(families: Mapping[str, GaugeMetricFamily], figures: Iterable[Figure]) -> None:
    for figure in figures:
        if figure.metric.startswith(RULE):
            families[""].add_metric([figure.metric.removeprefix(RULE)], bool(figure.passed))
        elif figure.metric in families:
            families[figure.metric].add_metric([], figure.value)
