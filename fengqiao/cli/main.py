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
    if sys.argv[1:2] == [LAW]:
        law_program.run(sys.argv[2:], prog=f"{prog_name} {LAW}")
        return
    import_module(PROGRAM).app(prog_name=prog_name)
