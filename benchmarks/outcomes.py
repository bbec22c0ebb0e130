"""What came of the requests: whether each ended once, with a text that its version writes alone, too."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from generation.engine import WritingRequest, Written
from generation.local_engine import LocalEngine
from generation.versions import LoadedVersion


@dataclass(frozen=True, slots=True)
class Ends:
    """How many requests never ended, and how many ends there were beyond one for each request."""

    lost: int
    duplicated: int


def ends_of(asked: Iterable[int], ended: Iterable[int]) -> Ends:
    """`asked`: the seeds of the requests, each its own. `ended`: those of all ends; a text carries its seed.

    A text that two requests got stands twice among them, and the request that it was not for is lost.
    """
    requests, ends = Counter(asked), Counter(ended)
    return Ends(lost=(requests - ends).total(), duplicated=(ends - requests).total())


def differs_alone(version: LoadedVersion, request: WritingRequest, written: Written) -> bool:
    """Whether a fresh engine, of the version that the text names, writes something else."""
    engine = LocalEngine(version, max_batch=1)
    text = engine.submit(request).result().text
    engine.close()
    return text != written.text
