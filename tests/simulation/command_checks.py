"""Every command took effect exactly once, or was refused and did nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.simulation.books import Books
from tests.simulation.commands import Command, Kind
from tests.simulation.till import Till
from tests.simulation.world import SimulationFailed

_TYPES = {
    Kind.REDEEM: "REDEEM",
    Kind.CAPTURE: "REDEEM",
    Kind.HOLD: "HOLD",
    Kind.RELEASE: "RELEASE",
    Kind.RESTORE: "RESTORE",
    Kind.ADJUST: "ADJUST",
}
_ENDS_OF_HOLDS = ("REDEEM", "RELEASE", "LAPSE")


def check_commands(till: Till, books: Books) -> None:
    """Look for each command in the ledger."""
    entries_by_claim: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for member, entries in books.entries.items():
        for entry in entries:
            for claim in entry.get("claims", ()):
                entries_by_claim[claim].append((member, entry))
    for key, command in till.commands.items():
        found = entries_by_claim[f"key:{key}"]
        done = till.done.get(key)
        if done is None:
            refused = till.refused.get(key, "skipped" if key in till.skipped else None)
            _require(refused is not None, command, "has no answer")
            _require(not found and key not in books.keys, command, f"is there, though {refused}")
            continue
        _require(len(found) == 1, command, f"has {len(found)} entries")
        [(member, entry)] = found
        reference = books.keys.get(key, {})
        _require(reference.get("seq") == entry["seq"], command, "has another reference")
        _require(
            (member, entry["seq"]) == (command.member, done.entry.seq), command, "is elsewhere"
        )
        _require(entry["type"] == _TYPES[command.kind], command, f"is a {entry['type']}")
        if command.kind in (Kind.REDEEM, Kind.CAPTURE):
            _require(entry["points"] == -command.points, command, "took other points")
        elif command.kind is Kind.ADJUST:
            _require(entry["points"] == command.points, command, "gave other points")
    for key in books.keys:
        if key not in till.commands:
            raise SimulationFailed(f"nobody asked for {key}")


def check_spending(books: Books) -> None:
    """See that nobody ever spent what was not there, and no hold was used twice, or too late."""
    for member, entries in books.entries.items():
        until: dict[str, str] = {}
        ended: set[str] = set()
        before = 0
        for entry in entries:
            account, follows = entry["account"], entry.get("follows")
            name = f"{member}'s entry {entry['seq']}"
            if entry["type"] == "HOLD":
                hold = account["holds"][-1]
                until[hold["id"]] = hold["until"]
                points = sum(lot[0] for lot in hold["lots"])
                _see(points <= before, f"{name} holds {points} points of {before}")
            elif follows in until and entry["type"] in _ENDS_OF_HOLDS:
                _see(follows not in ended, f"{name} ends a hold that was ended before")
                ended.add(follows)
                if entry["type"] != "LAPSE":
                    is_early = _moment(entry["occurredAt"]) < _moment(until[follows])
                    _see(is_early, f"{name} uses a hold that has lapsed")
            elif entry["type"] == "REDEEM":
                _see(-entry["points"] <= before, f"{name} spends {entry['points']} of {before}")
            before = sum(lot[0] for lot in account["lots"])
        _see(ended == until.keys(), f"of {member} a hold has no end")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _require(is_true: bool, command: Command, complaint: str) -> None:  # noqa: FBT001 - a claim
    _see(is_true, f"{command} {complaint}")


def _see(is_true: bool, complaint: str) -> None:  # noqa: FBT001 - a claim
    if not is_true:
        raise SimulationFailed(complaint)
