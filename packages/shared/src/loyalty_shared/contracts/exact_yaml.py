"""YAML with exact numbers, no duplicate keys, and the line that each value stands on."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from decimal import Decimal

import yaml

from loyalty_shared.contracts.program_faults import InvalidProgram, ProgramFault

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,19})")


class _Loader(yaml.SafeLoader):
    def construct_object(
        self,
        node: yaml.Node,
        deep: bool = False,  # noqa: FBT001, FBT002 - overrides yaml's own signature
    ) -> object:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, ArithmeticError, AttributeError) as error:
            # What yaml's own constructors let through, such as for the date 2026-13-45.
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value} cannot be read", node.start_mark
            ) from error

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


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node)).replace("_", "")
    if not _WHOLE.fullmatch(text):
        # To YAML, 0500 is 320 and 8:20 is 500; to the people who write a program, neither.
        raise _no_decimal(text, node)
    return int(text)


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    text = str(loader.construct_scalar(node)).replace("_", "")
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise _no_decimal(text, node) from error


def _no_decimal(text: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(
        None, None, f"{text[:32]} is no decimal number", node.start_mark
    )


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


class ExactYaml:
    """A YAML document: its `value`, with `Decimal` for every fraction, and its lines.

    Raises:
        InvalidProgram: where the text is not YAML; `source` names it.
    """

    def __init__(self, text: str, source: str) -> None:
        try:
            self._root = yaml.compose(text, Loader=_Loader)
            self.value: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise _not_yaml(source, line, str(error.problem)) from error
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise _not_yaml(source, line, "a character that is not allowed") from error
        except (ValueError, OverflowError) as error:
            raise _not_yaml(source, 1, "an escaped character that does not exist") from error
        except RecursionError as error:
            raise _not_yaml(source, 1, "nested too deeply") from error

    def line_of(self, path: Sequence[str | int]) -> int:
        """Find the line that a path begins on, or the last part of the path that exists."""
        node, line = self._root, 1
        for part in path:
            below = _child(node, part)
            if below is not None:
                start, node = below
                line = start.start_mark.line + 1
        return line


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    # Where it begins, and what it is.
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _not_yaml(source: str, line: int, reason: str) -> InvalidProgram:
    return InvalidProgram(source, ProgramFault(line, "", f"not YAML: {reason}"))
