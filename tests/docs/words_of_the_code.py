"""Every text constant of the kernel and the services, save the list of alarms itself."""

import ast

from tests.docs.pages import ROOT

_FILES = {*ROOT.glob("exchange/**/*.py"), *ROOT.glob("services/**/*.py")}

WORDS = {
    node.value
    for file in _FILES - {ROOT / "exchange/chassis/names.py"}
    for node in ast.walk(ast.parse(file.read_text()))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
