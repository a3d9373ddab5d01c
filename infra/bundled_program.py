"""The program that bundles were built with, and the parameter that tells the functions of it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from deployment import DeploymentFailed
from functions import FUNCTIONS, PROGRAM

PARAMETER = "ProgramFile"


def with_program(
    given: Mapping[str, str], kept: Mapping[str, str], bundles: Mapping[str, Path]
) -> dict[str, str]:
    """Add the parameter of the program to those that are given, as the bundles have it.

    Nobody gets or loses a program by what was forgotten: points would be given by other rules, or
    the functions would not start. `kept` is what the stack has so far.

    Raises:
        DeploymentFailed: when the bundles are not all with the program that is to run.
    """
    found = PROGRAM if _is_in(bundles, PROGRAM) else kept.get(PARAMETER, "")
    named = given.get(PARAMETER, found)
    if named and not _is_in(bundles, named):
        raise DeploymentFailed(
            f"there is no {named} in the bundles; build them with --program FILE, or give"
            f" {PARAMETER}= to run the default program"
        )
    return {**given, PARAMETER: named}


def _is_in(bundles: Mapping[str, Path], name: str) -> bool:
    with_one = [function.name for function in FUNCTIONS if function.has_program]
    programs = {_content(bundles[function], name) for function in with_one}
    if len(programs) > 1:
        raise DeploymentFailed(f"the bundles differ in {name}; build them again, all of them")
    return programs != {None}


def _content(bundle: Path, name: str) -> bytes | None:
    try:
        with zipfile.ZipFile(bundle) as archive:
            return archive.read(name)
    except KeyError:
        return None
    except zipfile.BadZipFile as error:
        raise DeploymentFailed(f"{bundle}: {error}; build it again") from error
