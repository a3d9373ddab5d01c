"""Ask the public register of advisories (osv.dev) about every package that is locked.

python .ci/audit.py [--must-answer] [--service-url URL]

Ends with 1 where a package has a known weakness. Where the register does not answer, it says that
nothing was audited and ends with 0, so that the checks can be run without a network; with
--must-answer it ends with 2 then.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

AUDIT = [
    *(os.environ.get("UV", "uv"), "audit", "--quiet", "--preview-features", "audit-command"),
    *("--output-format", "text"),
]
_NO_ANSWER = "error sending request"  # how uv says that it reached nobody
# A name and why it does not touch us, for what `uv audit --ignore-until-fixed` may pass over.
PASSED_OVER: dict[str, str] = {}


def main() -> int:
    """Audit; return an exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--must-answer", action="store_true", help="end with 2 without an answer")
    parser.add_argument("--service-url", help="another register that speaks OSV")
    options = parser.parse_args()
    command = [*AUDIT, *(f"--ignore-until-fixed={name}" for name in PASSED_OVER)]
    if options.service_url:
        command += ["--service-url", options.service_url]
    audit = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
    if audit.returncode and _NO_ANSWER in audit.stderr:
        print("dependencies not audited: the register of advisories does not answer")
        return 2 if options.must_answer else 0
    print(audit.stdout + audit.stderr, end="")
    return audit.returncode


if __name__ == "__main__":
    sys.exit(main())
