"""What is wrong with a program file: every fault with the line that it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty_shared.domain.errors import Fault, InvalidInput


@dataclass(frozen=True, slots=True)
class ProgramFault:
    """One thing wrong with a program file.

    `line` counts from 1, and is None where the fault is that of the file as a whole; `location` is
    a JSON Pointer into it, `""` for the whole of it.
    """

    line: int | None
    location: str
    reason: str

    def told_of(self, source: str) -> str:
        """Say it in one line: `shop.yaml, line 27: tiers.levels.1.from: must …`."""
        place = f"{source}, line {self.line}" if self.line else source
        name = self.location.strip("/").replace("/", ".")
        return ": ".join(part for part in (place, name, self.reason) if part)


class InvalidProgram(InvalidInput):
    """A program file is not valid; `program_faults` are all that is wrong with it, by line.

    `detail` tells the first of them, and how many more there are; `advice` says where they are.
    """

    code = "invalid_program"

    def __init__(self, source: str, *found: ProgramFault, advice: str = "") -> None:
        self.source = source
        self.program_faults = tuple(sorted(found, key=lambda fault: fault.line or 0))
        first, *others = self.program_faults
        more = f" ({len(others)} more{advice})" if others else ""
        super().__init__(
            f"{first.told_of(source)}{more}",
            code=self.code,
            faults=tuple(Fault(each.location, each.reason) for each in self.program_faults),
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """Every fault in a line of its own."""
        return tuple(each.told_of(self.source) for each in self.program_faults)
