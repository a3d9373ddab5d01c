"""YAML with exact numbers, no duplicate keys, and the line that each value stands on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal

import yaml

from loyalty_shared.domain.errors import InvalidInput


class _Loader(yaml.SafeLoader):
    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - overrides yaml's own signature
    ) -> dict[Hashable, object]:
        keys = [key.value for key, _ in node.value]
        for position, (key, _) in enumerate(node.value):
            if key.value in keys[:position]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} stands twice", key.start_mark
                )
        return super().construct_mapping(node, deep=deep)


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    text = str(loader.construct_scalar(node)).replace("_", "")
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise yaml.constructor.ConstructorError(
            None, None, f"{text} is no decimal number", node.start_mark
        ) from error


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


class ExactYaml:
    """A YAML document: its `value`, with `Decimal` for every fraction, and its lines.

    Raises:
        InvalidInput: with code `invalid_program`, where the text is not YAML.
    """

    def __init__(self, text: str, source: str) -> None:
        try:
            self._root = yaml.compose(text, Loader=_Loader)
            self.value: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            reason = getattr(error, "problem", None) or "not readable as text"
            raise InvalidInput(
                f"{source}{line}: not YAML: {reason}", code="invalid_program"
            ) from error

    def line_of(self, path: Sequence[str | int]) -> int:
        """Find the line of the value at a path, or of the last part of the path that exists."""
        node, line = self._root, 1
        for part in path:
            below = _child(node, part)
            if below is not None:
                node, line = below, below.start_mark.line + 1
        return line


def _child(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found = node.value[part]
        return found if isinstance(found, yaml.Node) else None
    return None
