"""Figures of a writer: what it takes, what becomes of it, how fast it writes, and with which versions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from prometheus_client import Counter, Histogram
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from feedback.records import ClaimedPrompt
from feedback.tables import now
from generation.engine import CANARY, CHAMPION, Written
from worker.id_list import PLATFORMS

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
BROKEN, BLOCKED = "writing-failed", "blocked-text"  # Why a prompt is given up: keys of the texts.

FINISHED = Counter("rhapsode_prompts_finished", "Prompts whose texts were saved.", ["platform"])
FAILED = Counter("rhapsode_prompts_failed", "Prompts given up, by the text's key.", ["platform", "reason"])
GIVEN_BACK = Counter(
    "rhapsode_prompts_given_back", "Prompts that went back to the queue for want of room.", ["platform"]
)
WAIT = Histogram(
    "rhapsode_queue_wait_seconds", "From the request to a writer.", ["platform"], buckets=_SECONDS
)
PROMPT = Histogram(
    "rhapsode_prompt_seconds", "From the request to its saved texts.", ["platform"], buckets=_SECONDS
)
FIRST_TOKEN = Histogram(
    "rhapsode_first_token_seconds", "From the engine's queue to a text's first token.", buckets=_SECONDS
)
TEXT = Histogram("rhapsode_text_seconds", "From the engine's queue to a whole text.", buckets=_SECONDS)
TOKENS = Counter("rhapsode_tokens_written", "Tokens of texts, candidates that were not kept included.")
READ = Counter("rhapsode_tokens_read", "Tokens of prompts, as the engine was given them.")
SWAPS = Counter("rhapsode_swaps", "Versions that were installed while the writer ran.", ["slot"])
REFUSED_VERSIONS = Counter("rhapsode_versions_refused", "Versions that could not be verified.")

# There from the start: a series that begins at 1 has not increased.
for _platform in PLATFORMS:
    FINISHED.labels(_platform)
    for _reason in (BROKEN, BLOCKED):
        FAILED.labels(_platform, _reason)
for _slot in (CHAMPION, CANARY):
    SWAPS.labels(_slot)


def claimed(prompt: ClaimedPrompt) -> None:
    if prompt.asked_at is not None and prompt.attempts == 1:
        WAIT.labels(prompt.platform).observe(_since(prompt.asked_at))


def finished(prompt: ClaimedPrompt) -> None:
    FINISHED.labels(prompt.platform).inc()
    if prompt.asked_at is not None:
        PROMPT.labels(prompt.platform).observe(_since(prompt.asked_at))


def failed(platform: str, reason: str) -> None:
    FAILED.labels(platform, reason).inc()


def given_back(prompt: ClaimedPrompt) -> None:
    GIVEN_BACK.labels(prompt.platform).inc()


def written(texts: Sequence[Written]) -> None:
    for text in texts:
        FIRST_TOKEN.observe(text.ttft_ms / 1000)
        TEXT.observe(text.total_ms / 1000)
        TOKENS.inc(text.tokens)
        READ.inc(text.prompt_tokens)


class LiveVersions(Collector):
    """Which version holds which slot, looked up when asked: no series of a version that has left stays."""

    def __init__(self, versions: Callable[[], Mapping[str, str]], where: str) -> None:
        self._versions = versions
        self._where = where

    def describe(self) -> Iterable[Metric]:
        return [InfoMetricFamily("rhapsode_version", "The model versions that this writer writes with.")]

    def collect(self) -> Iterable[Metric]:
        for family in self.describe():
            info = InfoMetricFamily(family.name, family.documentation, labels=["slot"])
            for slot, version in self._versions().items():
                info.add_metric([slot], {"version": version, "device": self._where})
            yield info


def _since(moment: datetime) -> float:
    return max(0.0, (now() - moment).total_seconds())
