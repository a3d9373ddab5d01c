"""From what pydantic found to faults: one form for every edge."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from loyalty_shared.domain.errors import Fault

_MOST_FAULTS = 20  # enough to mend an input by; a hostile one cannot make an answer long
# Where pydantic speaks of Python, to people who sent JSON or wrote YAML.
_PLAINLY = {"model_type": "must be an object", "tuple_type": "must be a list"}


def pointer(parts: Iterable[str | int]) -> str:
    """Write a path into a document as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def faults_of(error: ValidationError, most: int | None = _MOST_FAULTS) -> tuple[Fault, ...]:
    """List what a validation found, at `most` so much, each with its place in the input."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(
        Fault(
            pointer(each["loc"]),
            _PLAINLY.get(each["type"]) or each["msg"].removeprefix("Value error, "),
        )
        for each in found[:most]
    )
