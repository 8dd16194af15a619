"""Where `fengqiao` begins: only what the command asks for is imported.

A clerk's question to the law answers in less time than the rest takes to import.
"""

import sys
from importlib import import_module

from fengqiao.cli.law import program as law_program

LAW = "law"
PROGRAM = "fengqiao.cli.program"


def app(prog_name: str = "fengqiao") -> None:
    """Run the command that the process was started with."""
    word = next(iter(sys.argv[1:]), None)
    if word == LAW:
        law_program.run(sys.argv[2:], prog=f"{prog_name} {LAW}")
        return
    import_module(PROGRAM).program(word)(prog_name=prog_name)
