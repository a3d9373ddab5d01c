"""What the API and the command tell of a program."""

from __future__ import annotations

from loyalty_shared.contracts.bodies import Body
from loyalty_shared.contracts.program_file import ProgramFile
from loyalty_shared.contracts.program_terms import terms_of


class ProgramBody(Body):
    """A program: `rules` in the form of its file, with what that left out; `terms` in sentences."""

    program_id: str
    name: str
    version: str
    currency: str
    timezone: str
    rules: ProgramFile
    terms: tuple[str, ...]

    @classmethod
    def of(cls, rules: ProgramFile) -> ProgramBody:
        """Tell of the program that the rules make."""
        return cls(
            program_id=rules.id,
            name=rules.name,
            version=rules.version(),
            currency=rules.currency,
            timezone=rules.timezone,
            rules=rules,
            terms=terms_of(rules),
        )
