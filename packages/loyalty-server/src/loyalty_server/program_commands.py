"""The command `program`: check a program file, say in plain sentences what it means."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loyalty_server.options import AsJson, Data, Program, settings_of
from loyalty_shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    from loyalty_shared.contracts.program_faults import InvalidProgram
    from loyalty_shared.contracts.program_file import ProgramFile

_INVALID = 2  # the exit status of all that a person can mend

app = typer.Typer(help="The program: the rules that points are given by.", no_args_is_help=True)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A program file.")], *, as_json: AsJson = False
) -> None:
    """Check a program file and tell all that is wrong with it, by line."""
    from loyalty_shared.contracts.program_faults import InvalidProgram  # noqa: PLC0415 - as in serve
    from loyalty_shared.contracts.program_file import program_at  # noqa: PLC0415

    try:
        rules = program_at(file)
    except InvalidProgram as error:
        _tell_faults(file, error, as_json=as_json)
        raise typer.Exit(_INVALID) from error
    version = rules.version()
    if as_json:
        about = {"programId": rules.id, "name": rules.name, "version": version}
        _write({"file": str(file), "valid": True, **about, "faults": []})
    else:
        typer.echo(f"{file}: valid; version {version} of {rules.id} ({rules.name})")


@app.command()
def show(
    file: Annotated[
        Path | None,
        typer.Argument(help="A program file (default: the program that the data is used with)."),
    ] = None,
    data: Data = None,
    program: Program = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say in plain sentences what a program promises its members."""
    from loyalty_shared.contracts.program_bodies import ProgramBody  # noqa: PLC0415 - as in serve

    body = ProgramBody.of(_rules(file, data, program))
    if as_json:
        typer.echo(body.model_dump_json())
        return
    typer.echo(f"{body.name} ({body.program_id}), version {body.version}\n")
    for sentence in body.terms:
        typer.echo(sentence)


@app.command()
def schema() -> None:
    """Print the JSON Schema of program files, by which editors complete and check them."""
    from loyalty_shared.contracts.program_schema import document  # noqa: PLC0415 - as in show

    typer.echo(document(), nl=False)


def _rules(file: Path | None, data: Path | None, program: Path | None) -> ProgramFile:
    if file is None:
        from loyalty_server.composition import rules_in_use  # noqa: PLC0415 - as in show

        return rules_in_use(settings_of(data=data, program=program))
    if data is not None or program is not None:
        raise InvalidInput("name FILE, or --data and --program", code="invalid_setting")
    from loyalty_shared.contracts.program_file import program_at  # noqa: PLC0415 - as in show

    return program_at(file)


def _tell_faults(file: Path, error: InvalidProgram, *, as_json: bool) -> None:
    if as_json:
        faults = [asdict(each) for each in error.program_faults]
        _write({"file": str(file), "valid": False, "faults": faults})
        return
    for line in error.lines:
        sys.stderr.write(f"{line}\n")


def _write(document: dict[str, object]) -> None:
    typer.echo(json.dumps(document))
