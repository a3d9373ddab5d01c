"""Which program is deployed: that of the bundles, and never another one by what was forgotten."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from bundled_program import PARAMETER, with_program
from deployment import DeploymentFailed
from functions import FUNCTIONS, PROGRAM
from tests.infra.template_reading import written


def _bundles(folder: Path, programs: Mapping[str, str]) -> dict[str, Path]:
    """Write bundles that hold nothing but the program that each has, if it has one."""
    bundles = {function.name: folder / function.archive for function in FUNCTIONS}
    for name, path in bundles.items():
        with zipfile.ZipFile(path, "w") as archive:
            if name in programs:
                archive.writestr(PROGRAM, programs[name])
    return bundles


def _all_with(text: str) -> dict[str, str]:
    return {function.name: text for function in FUNCTIONS if function.has_program}


def test_the_template_has_the_parameter() -> None:
    assert PARAMETER in written()["Parameters"]


@pytest.mark.parametrize("kept", [{}, {PARAMETER: ""}, {PARAMETER: PROGRAM}])
def test_a_program_in_the_bundles_runs(kept: Mapping[str, str], tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, _all_with("name: Shop"))

    told = with_program({"LogLevel": "DEBUG"}, kept, bundles)

    assert told == {"LogLevel": "DEBUG", PARAMETER: PROGRAM}


@pytest.mark.parametrize("kept", [{}, {PARAMETER: ""}])
def test_without_one_the_default_program_runs(kept: Mapping[str, str], tmp_path: Path) -> None:
    assert with_program({}, kept, _bundles(tmp_path, {})) == {PARAMETER: ""}


def test_a_program_that_was_left_out_of_a_build_is_missed(tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, {})

    with pytest.raises(DeploymentFailed, match=r"no program\.yaml in the bundles"):
        with_program({}, {PARAMETER: PROGRAM}, bundles)

    assert with_program({PARAMETER: ""}, {PARAMETER: PROGRAM}, bundles) == {PARAMETER: ""}


def test_a_program_that_the_bundles_have_not_is_refused(tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, _all_with("name: Shop"))

    with pytest.raises(DeploymentFailed, match=r"no shop\.yaml in the bundles"):
        with_program({PARAMETER: "shop.yaml"}, {}, bundles)


@pytest.mark.parametrize("programs", [{}, _all_with("name: Shop")])
def test_functions_do_not_run_different_programs(programs: dict[str, str], tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, programs | {"loyalty-api": "name: Other"})

    with pytest.raises(DeploymentFailed, match=r"the bundles differ in program\.yaml"):
        with_program({}, {}, bundles)


def test_a_bundle_that_is_none_is_named(tmp_path: Path) -> None:
    bundles = _bundles(tmp_path, {})
    bundles["loyalty-api"].write_bytes(b"not a zip")

    with pytest.raises(DeploymentFailed, match=r"loyalty-api\.zip: File is not a zip file"):
        with_program({}, {}, bundles)
