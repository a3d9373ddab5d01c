"""`poe fuzz --inputs N --seed S`: so many hostile inputs, counted, and what came of them."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.running import TARGETS, Failed, check_one, fuzz


def main() -> None:
    """Fuzz, and end with status 1 at the first input with which something is wrong."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=50_000)
    parser.add_argument("--target", choices=[*TARGETS], help="this one alone")
    parser.add_argument("--number", type=int, help="of that target this input alone")
    asked = parser.parse_args()
    started = time.monotonic()
    try:
        if asked.target and asked.number is not None:
            _say(check_one(asked.seed, asked.target, asked.number))
            return
        tally = fuzz(asked.seed, asked.inputs, [asked.target] if asked.target else None)
    except Failed as failed:
        _say(f"{failed}\nreplay it with: uv run poe fuzz {failed.options}")
        raise SystemExit(1) from failed.__cause__
    seconds = time.monotonic() - started
    for (target, outcome), number in sorted(tally.items()):
        _say(f"{target:<12} {outcome:<24} {number:>10,}")
    _say(f"{'inputs':<37} {tally.total():>10,}")
    _say(f"{'seconds':<37} {seconds:>10,.1f}")
    _say("Nothing is wrong.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
