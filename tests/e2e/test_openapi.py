"""The API against its own description: schemathesis, all checks and phases, on a running server."""

from __future__ import annotations

from pathlib import Path

from tests.openapi.checking import check
from tests.openapi.shop import serving_shop, serving_shop_with_tokens

_EXAMPLES = (
    4  # of each operation and phase, beside what coverage makes; `poe test:openapi` asks for more
)
_FEWEST_REQUESTS = 1_000


def test_the_api_is_as_it_describes_itself(tmp_path: Path) -> None:
    with serving_shop(tmp_path) as server:
        checked = check(server.url, seed=1, examples=_EXAMPLES)
    assert checked.is_sound, checked.report
    assert checked.requests > _FEWEST_REQUESTS


def test_with_tokens_it_is_so_too(tmp_path: Path) -> None:
    with serving_shop_with_tokens(tmp_path) as (server, token):
        checked = check(server.url, seed=2, examples=_EXAMPLES, token=token)
    assert checked.is_sound, checked.report
    assert checked.requests > _FEWEST_REQUESTS
