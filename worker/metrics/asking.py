"""Figures of the chat adapters and the studio: what is asked, rated and delivered."""

from typing import get_args

from prometheus_client import Counter, Histogram

from bots.messages import RatingSource

VERDICTS = ("up", "down", "neutral", "cleared")

ACCEPTED = Counter("rhapsode_prompts_accepted", "New prompts that were taken.", ["platform"])
REFUSED = Counter(
    "rhapsode_prompts_refused", "Prompts that were not taken, by the text's key.", ["platform", "reason"]
)
CANCELLED = Counter("rhapsode_prompts_cancelled", "Prompts that their reader stopped.", ["platform"])
RATINGS = Counter(
    "rhapsode_ratings_given", "Votes kept; a changed one counts again.", ["platform", "source", "verdict"]
)
CHOICES = Counter("rhapsode_choices", "Variants chosen over others.", ["platform"])
REWRITES = Counter("rhapsode_rewrites", "Readers' own versions kept.", ["platform"])
DELIVERY_LAG = Histogram(
    "rhapsode_delivery_lag_seconds",
    "From the finished text to the moment when all of it was shown.",
    ["platform"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
UNDELIVERABLE = Counter("rhapsode_deliveries_given_up", "Answers whose place takes nothing any more.")
CALL_WAIT = Histogram(
    "rhapsode_call_wait_seconds",
    "What a call of the platform waited for its budget.",
    ["platform"],
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60),
)
CALLS_LEFT_OUT = Counter("rhapsode_calls_left_out", "Calls for which the budget had no room.", ["platform"])
RATE_LIMITED = Counter(
    "rhapsode_rate_limited", "Times that the platform asked to be left alone.", ["platform"]
)


def begin_at_zero(platform: str) -> None:
    """Have the series of an adapter before its first vote: what begins at 1 has not increased."""
    for counter in (ACCEPTED, CANCELLED, CHOICES, REWRITES):
        counter.labels(platform)
    for source in get_args(RatingSource):
        for verdict in VERDICTS:
            RATINGS.labels(platform, source, verdict)


def verdict_of(value: float | None) -> str:
    """One of VERDICTS, however finely reactions are valued."""
    if value is None:
        return "cleared"
    return "up" if value > 0 else "down" if value < 0 else "neutral"
