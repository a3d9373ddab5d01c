"""Write the JSON Schemas of the events: `python -m loyalty_publisher.schemas FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from loyalty_publisher.events import POINTS_EVENTS, TIER_CHANGED, Detail, PointsDetail, TierDetail


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles of fields, which would repeat their names."""

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False


def documents() -> dict[str, str]:
    """Describe the detail of each event, by its detail type."""
    found = {TIER_CHANGED: _schema(TierDetail, TIER_CHANGED)}
    for entry_type, detail_type in POINTS_EVENTS.items():
        schema = _schema(PointsDetail, detail_type)
        schema["properties"]["type"]["const"] = entry_type.value
        found[detail_type] = schema
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in found.items()
    }


def _schema(detail: type[Detail], title: str) -> dict[str, Any]:
    mode: JsonSchemaMode = "serialization"  # what is always sent is required
    schema = detail.model_json_schema(mode=mode, schema_generator=_Untitled)
    return {"$schema": _Untitled.schema_dialect, "title": title} | schema | {"title": title}


if __name__ == "__main__":
    for name, text in documents().items():
        Path(sys.argv[1], f"{name}.json").write_text(text, "utf-8")
