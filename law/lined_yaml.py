"""YAML with the line of every mapping and key kept, so that a fault can be pointed at."""

from datetime import date
from typing import Any

import yaml

from law.errors import TableFault


class Lined(dict[Any, Any]):
    """A mapping that remembers the line of itself and of each of its keys."""

    line: int
    lines: dict[Any, int]


def _lined_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Lined:
    lined = Lined(loader.construct_mapping(node, deep=True))
    lined.line = node.start_mark.line + 1
    lined.lines = {}
    for key_node, _ in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if key in lined.lines:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key} 写了两次 / given twice", key_node.start_mark
            )
        lined.lines[key] = line
    return lined


def _real_date(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> date:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value} 不是一个日期 / no such date", node.start_mark
        ) from error


class _Loader(yaml.CSafeLoader):
    yaml_constructors = {  # noqa: RUF012  PyYAML's own class attribute, replaced and not mutated
        **yaml.CSafeLoader.yaml_constructors,
        yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG: _lined_mapping,
        "tag:yaml.org,2002:timestamp": _real_date,
    }


def parse(name: str, text: str, faults: list[TableFault]) -> Lined | None:
    """The mapping that a file is; None, with its fault noted, where it is none."""
    loader = _Loader(text)
    try:
        document = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.append(TableFault(name, mark.line + 1 if mark else 1, f"YAML：{error.problem}"))
        return None
    except yaml.YAMLError as error:
        faults.append(TableFault(name, 1, f"YAML：{error}"))
        return None
    finally:
        loader.dispose()
    if not isinstance(document, Lined):
        faults.append(TableFault(name, 1, "文件应为一组“项: 值” / not a mapping"))
        return None
    return document
