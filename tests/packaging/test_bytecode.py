from __future__ import annotations

import sys
from pathlib import Path

import build
import pytest
from bundle_archive import Archive
from bundle_bytecode import NotCompiled, compile_modules, interpreter_for
from functions import FUNCTIONS
from uv_command import find_python


def test_a_module_that_is_not_valid_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("a = (\n", "utf-8")

    with pytest.raises(NotCompiled, match=r"bad\.py.*SyntaxError") as told:
        compile_modules(tmp_path, sys.executable)

    assert "\n" not in str(told.value)


def test_this_machine_has_its_own_python_and_not_any_other() -> None:
    assert interpreter_for("this") == sys.executable
    assert find_python("3.0") is None


@pytest.mark.parametrize("has_bytecode", [True, False])
def test_a_build_without_bytecode_says_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    *,
    has_bytecode: bool,
) -> None:
    built = [Archive(tmp_path / FUNCTIONS[0].archive, 1, 2, "abc", has_bytecode=has_bytecode)]
    monkeypatch.setattr(build, "build", lambda *_: built)
    monkeypatch.setattr(sys, "argv", ["build.py"])

    assert build.main() == 0

    assert ("uv python install 3.13" in capsys.readouterr().out) != has_bytecode
