from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import distribution
from itertools import product
from pathlib import Path

import pytest
from functions import FUNCTIONS, Function
from tests.packaging.bundles import Bundle, build_and_unzip


@pytest.fixture(scope="session")
def bundles_for_this(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    return build_and_unzip("this", tmp_path_factory.mktemp("this"))


@pytest.fixture(scope="session")
def bundles_for_lambda(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    return build_and_unzip("lambda", tmp_path_factory.mktemp("lambda"))


@pytest.fixture(scope="session", params=FUNCTIONS, ids=lambda function: function.name)
def bundle_for_this(request: pytest.FixtureRequest, bundles_for_this: dict[str, Bundle]) -> Bundle:
    function: Function = request.param
    return bundles_for_this[function.name]


@pytest.fixture(params=FUNCTIONS, ids=lambda function: function.name)
def bundle_for_lambda(
    request: pytest.FixtureRequest, bundles_for_lambda: dict[str, Bundle]
) -> Bundle:
    function: Function = request.param
    return bundles_for_lambda[function.name]


@pytest.fixture(
    params=product(("this", "lambda"), (function.name for function in FUNCTIONS)), ids="-".join
)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    platform, name = request.param
    bundles: dict[str, Bundle] = request.getfixturevalue(f"bundles_for_{platform}")
    return bundles[name]


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Lambda's Python runtime has beside Python: boto3 and what that needs."""
    folder = tmp_path_factory.mktemp("runtime")
    for place in {place for name in _with_its_needs("boto3") for place in _places(name)}:
        (folder / place.name).symlink_to(place)
    return folder


def _with_its_needs(name: str) -> Iterator[str]:
    yield name
    for requirement in distribution(name).requires or []:
        needed = re.match(r"[\w.-]+", requirement)
        if needed and "extra ==" not in requirement:
            yield from _with_its_needs(needed[0])


def _places(name: str) -> Iterator[Path]:
    installed = distribution(name)
    sources = (file.parts for file in installed.files or [] if file.suffix == ".py")
    tops = {parts[0] for parts in sources if parts[0] != ".."}  # that way lie the commands
    return (Path(str(installed.locate_file(top))) for top in tops)
