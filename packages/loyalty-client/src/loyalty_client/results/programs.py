"""The rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Program:
    """The program in force: `rules` as in its file, `terms` as sentences for a member."""

    program_id: str
    name: str
    version: str
    currency: str
    timezone: str
    rules: Mapping[str, Any] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
