"""The program that a data folder was last used with, so that every command takes the same one.

It is in the file `program.json` of the folder, which is a program file itself: who names none gets
that one. A folder holds the ledger of one program.
"""

from __future__ import annotations

from pathlib import Path

from loyalty_shared.contracts.program_file import ProgramFile, program_at
from loyalty_shared.domain.errors import InvalidInput, StoreUnavailable

FILE_NAME = "program.json"


def program_for(folder: Path, named: Path | None) -> ProgramFile:
    """Read the program to use with a folder: that which is named, else the one it was used with.

    Raises:
        InvalidInput: with code `invalid_program`, when the file is not valid, or is another
            program's than the one whose ledger the folder holds.
    """
    remembered = folder / FILE_NAME
    before = program_at(remembered) if remembered.exists() else None
    if named is None:
        return before or program_at(None)
    rules = program_at(named)
    if before is not None and before.id != rules.id:
        raise InvalidInput(
            f"{named}: the program {rules.id}, but {folder} holds the ledger of {before.id};"
            " --data takes another folder",
            code="invalid_program",
        )
    if before is not None and before.currency != rules.currency:
        raise InvalidInput(
            f"{named}: counts in {rules.currency}, but {folder} holds a ledger in"
            f" {before.currency}; another currency is another program, with an id of its own",
            code="invalid_program",
        )
    return rules


def remember(folder: Path, rules: ProgramFile) -> None:
    """Keep the program that a folder is used with from now on.

    Raises:
        StoreUnavailable: when the folder cannot be written.
    """
    remembered = folder / FILE_NAME
    text = rules.canonical() + "\n"
    try:
        if remembered.exists() and remembered.read_text("utf-8") == text:
            return
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{FILE_NAME}.partial"
        partial.write_text(text, "utf-8")
        partial.replace(remembered)
    except OSError as error:
        raise StoreUnavailable(f"{remembered}: {error.strerror}") from error
