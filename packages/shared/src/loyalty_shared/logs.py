"""What a log may say of an error: where it happened and what kind it is, not what somebody sent.

The text of an error often quotes what it could not digest: `KeyError: 'ann@shop.example'`,
pydantic's `input_value=…`, a parameter that boto3 refused. Such a text is no part of a log; the
place in the code and the kind of the error are, and with them a mistake of ours can be found.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from loyalty_shared.domain.errors import LedgerDamaged, TryAgain

# Their texts are ours, or the operating system's: they name files and tables.
_SPEAKING = (LedgerDamaged, TryAgain, OSError)
_MOST_CAUSES = 10
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"

_ErrorInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def traceback_of(error: BaseException) -> str:
    """Write the traceback of an error and of its causes, without what they say."""
    parts: list[str] = []
    each: BaseException | None = error
    while each is not None and len(parts) < _MOST_CAUSES:
        frames = "".join(traceback.format_tb(each.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{kind_of(each)}\n")
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return _CAUSED.join(reversed(parts)).rstrip("\n")


def kind_of(error: BaseException) -> str:
    """Name an error, and say what it says where that is nothing that anybody sent."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, _SPEAKING) else name


class WithoutValues(logging.Formatter):
    """What a formatter inherits from, before its own kind, to write errors without their texts."""

    def formatException(self, ei: _ErrorInfo) -> str:  # noqa: N802 - the name that logging gave it
        """Write an error."""
        return traceback_of(ei[1]) if ei[1] is not None else ""


def format_all_logs(formatter: logging.Formatter) -> None:
    """Let everything that is logged in this process be written by a formatter.

    That is what comes to the root logger: on Lambda, it has the runtime's own handler by then.
    """
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        handler.setFormatter(formatter)
