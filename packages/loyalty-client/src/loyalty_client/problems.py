"""What goes wrong, as exceptions: the service's problem documents (RFC 9457), and silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What is wrong with a part of a request, and where: `body/points`, `query/asOf`."""

    location: str
    reason: str


class LoyaltyProblem(Exception):
    """The service did not do what it was asked for.

    `code` is stable, `detail` is for people. Where no problem document came, such as from a proxy,
    `code` is None; where nothing came, `status` is None too. `key` is the command's: sent again
    under it, the command is done once. `retry_after_seconds` is what the service asks to wait.
    """

    def __init__(  # noqa: PLR0913 - as many as an answer has
        self,
        detail: str,
        *,
        status: int | None = None,
        code: str | None = None,
        title: str | None = None,
        errors: tuple[Fault, ...] = (),
        key: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.code = code
        self.title = title
        self.errors = errors
        self.key = key
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        what = " ".join(str(each) for each in (self.status, self.code) if each is not None)
        where = [f"{each.location}: {each.reason}" for each in self.errors]
        return "; ".join([f"{what}: {self.detail}" if what else self.detail, *where])


class Unauthorized(LoyaltyProblem):
    """There is no token, or none that is accepted (401)."""


class Forbidden(LoyaltyProblem):
    """The token lacks a scope, or another person has to do it (403)."""


class NotFound(LoyaltyProblem):
    """There is no such member, transaction, hold or order, or not for this token (404)."""


class Conflict(LoyaltyProblem):
    """What is there does not allow it (409)."""


class InsufficientPoints(Conflict):
    """Fewer points are available."""


class KeyReused(LoyaltyProblem):
    """The key was used for another request."""


class ServiceUnavailable(LoyaltyProblem):
    """The service did not answer, or not now, as often as it was asked.

    Whether a command was done is not known. Sending it again under the same `key` is safe.
    """
