"""The machine's own chance and pauses: the clients hand them to everything else."""

from __future__ import annotations

import asyncio
import random
import time
import uuid


def chance() -> float:
    """Give a number from 0 to 1."""
    return random.random()  # noqa: S311 - spreads retries, keeps no secret


def new_key() -> str:
    """Make a key that no other command has."""
    return str(uuid.uuid4())


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


async def pause_for_others(seconds: float) -> None:
    """Wait, and let others work."""
    await asyncio.sleep(seconds)
