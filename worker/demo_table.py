"""The demo's result: before and after, as a table for eyes and as JSON for scripts."""

import json
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Side:
    """What one live version measured."""

    version: str  # Those that the live pieces name: one, if all is well.
    mean_score: float  # Of live pieces on held-out themes, −1 to 1.
    perplexity: float | None  # Of held-out liked pieces.
    distinct_2: float | None


@dataclass(frozen=True, slots=True)
class Table:
    before: Side
    after: Side
    verdict: str  # How the run ended.
    completions: int
    dropped: int
    meanwhile: int  # Pieces written while candidate and live version changed places.
    expected_version: str  # The one that should be live at the end.
    seconds: float = 0.0

    @property
    def swapped(self) -> bool:
        return self.verdict == "promoted" and self.after.version == self.expected_version

    def after_seconds(self, seconds: float) -> "Table":
        return replace(self, seconds=round(seconds, 1))

    def problem(self) -> str | None:
        """What is wrong with the circle itself, if anything; a refused candidate is not."""
        if self.verdict not in {"promoted", "rejected"}:
            return f"the run ended as {self.verdict}"
        if self.dropped:
            return f"{self.dropped} requests have no text"
        if self.after.version != self.expected_version:
            return f"{self.after.version} writes, {self.expected_version} should"
        return None

    def text(self) -> str:
        rows = [
            ("", "before", "after"),
            ("version", self.before.version, self.after.version),
            (
                "mean score, held-out themes",
                f"{self.before.mean_score:+.3f}",
                f"{self.after.mean_score:+.3f}",
            ),
            ("perplexity, held-out likes", _figure(self.before.perplexity), _figure(self.after.perplexity)),
            ("distinct-2", _figure(self.before.distinct_2), _figure(self.after.distinct_2)),
        ]
        table = "\n".join(f"  {name:<30}{left:>16}{right:>16}" for name, left, right in rows)
        return (
            f"{table}\n\n  candidate {self.verdict} · {self.completions} completions"
            f" · dropped = {self.dropped} · {self.meanwhile} written during the change · {self.seconds:.0f} s"
        )

    def json(self) -> str:
        return json.dumps(
            {
                "completions": self.completions,
                "dropped": self.dropped,
                "swapped": self.swapped,
                "mean_score_before": self.before.mean_score,
                "mean_score_after": self.after.mean_score,
                "perplexity_before": self.before.perplexity,
                "perplexity_after": self.after.perplexity,
                "distinct_2_before": self.before.distinct_2,
                "distinct_2_after": self.after.distinct_2,
                "seconds": self.seconds,
            }
        )


def _figure(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
