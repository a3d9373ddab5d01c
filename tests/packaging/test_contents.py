from __future__ import annotations

import re
import sys
from email.parser import Parser
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

from functions import FUNCTIONS
from tests.packaging.bundles import WORKSPACE, Bundle

_MOST_UNZIPPED = 250 * 1024 * 1024  # bytes, Lambda's limit
_COMPILED = b"\x7fELF"
_UNCHECKED = b"\x01\0\0\0"  # after the number of the format, by PEP 552


def test_the_only_packages_of_the_workspace_are_the_functions_own_and_shared(
    bundle: Bundle,
) -> None:
    ours = {name for name in bundle.names() if name.startswith("loyalty_")}

    assert ours == {bundle.package, "loyalty_shared"}


def test_nothing_is_in_a_bundle_that_its_function_does_not_require(bundle: Bundle) -> None:
    requires = {
        _name(metadata["Name"]): {
            _name(each) for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each
        }
        for metadata in map(
            Parser().parsestr, (path.read_text() for path in bundle.folder.glob("*/METADATA"))
        )
    }
    wanted, found = {bundle.function.name}, set[str]()
    while wanted:
        found |= wanted
        wanted = {each for name in wanted for each in requires.get(name, ())} - found

    assert set(requires) <= found


def test_only_the_api_has_its_frameworks(bundles_for_this: dict[str, Bundle]) -> None:
    with_frameworks = {
        name
        for name, bundle in bundles_for_this.items()
        if bundle.names() & {"fastapi", "starlette", "mangum"}
    }

    assert with_frameworks == {"loyalty-api"}


def test_boto3_and_what_only_that_needs_are_left_to_the_runtime(bundle: Bundle) -> None:
    in_the_runtime = {"boto3", "botocore", "s3transfer", "dateutil", "six", "urllib3"}

    assert not bundle.names() & in_the_runtime


def test_there_is_nothing_that_only_an_installation_has(bundle: Bundle) -> None:
    names = [name for name, _ in bundle.files()]

    assert not [name for name in names if name.endswith((".pth", ".egg-link"))]
    assert not [name for name in names if name.startswith(("bin/", "."))]
    assert not [
        name for name in names if name.endswith(("/RECORD", "/INSTALLER", "/direct_url.json"))
    ]
    assert not [name for name in names if "/tests/" in name and name.startswith("loyalty_")]


def test_every_module_has_bytecode_that_is_never_compared_with_it(bundle_for_this: Bundle) -> None:
    files = dict(bundle_for_this.files())
    compiled = {name: content for name, content in files.items() if name.endswith(".pyc")}

    assert set(compiled) == {cache_from_source(name) for name in files if name.endswith(".py")}
    for name, content in compiled.items():
        assert content.startswith(MAGIC_NUMBER), name
        assert content[4:8] == _UNCHECKED, name


def test_no_file_names_a_place_on_this_machine(bundle: Bundle) -> None:
    # Its folders rather than the workspace itself, which may be called /app.
    build = [WORKSPACE / "packages", WORKSPACE / "infra", sys.prefix, bundle.archive.parent]
    places = [str(place).encode() for place in build]
    home = f"{Path.home()}/".encode()

    for name, content in bundle.files():
        assert not [place for place in places if place in content], name
        # A compiled file names the home of whoever compiled it, often also /root.
        assert content.startswith(_COMPILED) or home not in content, name


def test_a_bundle_is_within_lambdas_limit(bundle: Bundle) -> None:
    assert sum(len(content) for _, content in bundle.files()) < _MOST_UNZIPPED


def test_every_function_has_a_handler_in_a_package_named_after_it() -> None:
    for function in FUNCTIONS:
        assert function.handler == f"{function.name.replace('-', '_')}.aws.handler"


def _name(text: str) -> str:
    """Give the normalized name that a requirement starts with."""
    found = re.match(r"[\w.-]+", text)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()
