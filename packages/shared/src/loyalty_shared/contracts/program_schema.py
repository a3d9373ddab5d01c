"""Write the program file's JSON Schema: `python -m loyalty_shared.contracts.program_schema FILE`.

Editors complete and check a program by it. What it lets in may still be refused, such as tiers that
do not climb.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from loyalty_shared.contracts.program_file import ProgramFile

# What editors know; they warn of anything newer.
_DIALECT = "http://json-schema.org/draft-07/schema#"
_ID = "urn:loyalty:schema:program"


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles of fields, which would repeat their names."""

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False


def document() -> str:
    """Describe the program file."""
    schema: dict[str, Any] = ProgramFile.model_json_schema(schema_generator=_Untitled)
    for part in schema["$defs"].values():
        del part["title"]  # the name of a class of ours
    about = {"$schema": _DIALECT, "$id": _ID, "title": "A loyalty program"}
    return json.dumps(about | schema | about, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), "utf-8")
