"""What a route may ask of its callers, as data: `guard.py` applies it, and docs are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loyalty_api.access.scopes import Scope
from loyalty_shared.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Anybody:
    """No token is asked for."""


@dataclass(frozen=True, slots=True)
class WithScope:
    """A token with the scope; any other is 403."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class OwnData:
    """The token of the member whom the path names under `parameter`, or one with the scope.

    For anybody else it is as if there were no such member: `hidden` is what the route then answers.
    """

    parameter: str
    scope: Scope
    hidden: Callable[[], NotFound]


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """The token of the member of the order that the path names, or one with the scope.

    For anybody else it is as if there were no such order.
    """

    parameter: str
    scope: Scope


Rule = Anybody | WithScope | OwnData | OwnOrder
