"""Compare requirements.lock (versions and hashes, no addresses) with what resolves; or write it."""

from __future__ import annotations

import os
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
EXPORT = [
    *(os.environ.get("UV", "uv"), "export", "--quiet", "--all-packages", "--all-groups"),
    *("--no-emit-workspace", "--no-annotate", "--no-header", "--format", "requirements-txt"),
]


def main() -> int:
    """Write or compare; return an exit status."""
    resolved = subprocess.run(EXPORT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own words
    if "--write" in sys.argv:
        LOCK.write_text(resolved, "utf-8")
        return 0
    committed = LOCK.read_text("utf-8")
    if committed == resolved:
        return 0
    lines = (committed.splitlines(), resolved.splitlines())
    print("\n".join(unified_diff(*lines, "requirements.lock", "what resolves", lineterm="")))
    print("requirements.lock is not what resolves; run: poe lock")
    return 1


if __name__ == "__main__":
    sys.exit(main())
