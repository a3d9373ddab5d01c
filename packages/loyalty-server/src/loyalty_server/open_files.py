"""How many files and sockets this process may have open."""

from __future__ import annotations

import sys

_MOST_WISHED = 10_200  # macOS refuses more than 10,240, whatever its hard limit says


def allow_open_files() -> int:
    """Raise the limit as far as is useful and allowed, and give it."""
    if sys.platform == "win32":
        return _MOST_WISHED  # sockets are no files there, and have no such limit
    import resource  # noqa: PLC0415 - Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _MOST_WISHED:
        return _MOST_WISHED
    allowed = _MOST_WISHED if hard == resource.RLIM_INFINITY else min(hard, _MOST_WISHED)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):
        return soft
    return allowed
