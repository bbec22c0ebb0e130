"""A cache in which no text has room is told of at the start, not by every prompt."""

from dataclasses import replace

import pytest

from generation.versions import LoadedVersion
from worker.engines import refuse_small_cache
from worker.problems import CannotStart


def test_a_cache_too_small_for_the_model_stops_the_start_and_says_how_large_it_must_be(
    live: LoadedVersion,
) -> None:
    large = replace(live, runnable=replace(live.runnable, bytes_per_token=1 << 20))
    with pytest.raises(CannotStart, match=r"RHAPSODE_CACHE_MB is 512: .* needs (\d+)") as refused:
        refuse_small_cache(large, 512)
    refuse_small_cache(large, int(str(refused.value).split()[-1]))


def test_the_usual_cache_is_enough_for_the_usual_model(live: LoadedVersion) -> None:
    refuse_small_cache(live, 512)
