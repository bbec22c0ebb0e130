"""What an operator is told of the service, on every platform."""

from bots.operators import ServiceStatus
from bots.texts import say


def version_sentence(locale: str, status: ServiceStatus) -> str:
    return say(locale, "version-of", champion=status.champion or "–", canary=status.canary or "–")


def status_sentences(locale: str, status: ServiceStatus) -> str:
    """A line each: who writes, what there is to do and was done, and whether the service takes a break."""
    counted = say(
        locale,
        "status",
        writers=status.writers,
        waiting=status.waiting,
        writing=status.under_way,
        completions=status.completions_today,
        ratings=status.ratings_today,
        run=status.last_run or "–",
    )
    paused = [say(locale, "requests-paused")] if status.paused else []
    return "\n".join([version_sentence(locale, status), counted, *paused])
