"""What every test of the workspace stands on: an AWS of its own, and no way to a real one."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for the line below: tests/ is no installed package

pytest_plugins = ("tests.aws_emulator",)
