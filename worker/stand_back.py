"""Let work beside the writing take what the writing leaves."""

import os
import sys
import threading

_NICE = 5  # Of 19: a third of what others get. With less, a version that is small to read comes seconds late.


def stand_back() -> None:
    """From now on the calling thread gives way to others, and computes on one core.

    Linux keeps niceness, and OpenMP the number of threads, for each thread by itself.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    if "torch" in sys.modules:  # Where nothing is computed here, there is nothing to set.
        from generation.cores import compute_on

        compute_on(1)
