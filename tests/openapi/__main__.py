"""`poe test:openapi --seed N --examples M`: the API against its own description, at any length."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.openapi.checking import Checked, check
from tests.openapi.shop import serving_shop, serving_shop_with_tokens


def main() -> None:
    """Check it without tokens and with them; end with status 1 where it is not as described."""
    parser = argparse.ArgumentParser(prog="openapi", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=100, help="of each operation and phase")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving_shop(Path(folder)) as server:
        open_to_all = check(server.url, seed=asked.seed, examples=asked.examples)
    _say(open_to_all)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_shop_with_tokens(Path(folder)) as (server, token),
    ):
        with_tokens = check(server.url, seed=asked.seed, examples=asked.examples, token=token)
    _say(with_tokens)
    sys.exit(not (open_to_all.is_sound and with_tokens.is_sound))


def _say(checked: Checked) -> None:
    sys.stdout.write(f"{checked.report}\n")


if __name__ == "__main__":
    main()
