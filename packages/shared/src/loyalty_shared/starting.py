"""What makes a process start sooner."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Look for no garbage in the block, nor ever in what is there at its end.

    What imports make stays. To go through it while it grows takes a sixth of the time of a start,
    and to go through it later finds nothing either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
