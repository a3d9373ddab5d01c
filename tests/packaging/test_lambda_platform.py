from __future__ import annotations

from tests.packaging.bundles import Bundle

_AARCH64 = 0xB7


def test_bytecode_is_of_python_3_13_for_every_module_or_for_none(bundle_for_lambda: Bundle) -> None:
    # Whoever builds may have no such Python.
    names = {name for name, _ in bundle_for_lambda.files()}
    modules = {name.removesuffix(".py") for name in names if name.endswith(".py")}
    compiled = {
        name.replace("__pycache__/", "").removesuffix(".cpython-313.pyc")
        for name in names
        if name.endswith(".pyc")
    }

    assert compiled in (modules, set())


def test_every_compiled_file_is_for_arm64_and_python_3_13(bundle_for_lambda: Bundle) -> None:
    compiled = {
        name: int.from_bytes(content[18:20], "little")  # e_machine of the ELF header
        for name, content in bundle_for_lambda.files()
        if content.startswith(b"\x7fELF")
    }

    assert "pydantic_core" in {name.partition("/")[0] for name in compiled}
    assert set(compiled.values()) == {_AARCH64}
    assert all(".cpython-313-aarch64" in name or ".abi3." in name for name in compiled)
