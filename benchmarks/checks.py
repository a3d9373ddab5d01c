"""What a benchmark claims, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Check:
    """A number that must be what is expected."""

    name: str
    expected: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return self.found == self.expected


def print_checks(console: Console, checks: Sequence[Check]) -> None:
    """Show the checks as a table."""
    table = Table("", "expected", "found", "", box=None, pad_edge=False)
    for column in table.columns[1:3]:
        column.justify = "right"
    for check in checks:
        verdict = "[green]right[/]" if check.holds else "[red]WRONG[/]"
        table.add_row(check.name, f"{check.expected:,}", f"{check.found:,}", verdict)
    console.print(table)
