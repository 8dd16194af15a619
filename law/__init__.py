"""What the rules are: dated tables that a lawyer can review, and the arithmetic over them.

`load()` reads and validates the tables once; after that nothing here touches a file, a clock or a
network. A number of the law stands in a table with its instrument and article, never in an `if`.
"""

from law.clocks import AgreedLimit, AgreedRule, ClockRule
from law.due import Due, Extension, Pause, Refusal, Restart, Step
from law.errors import (
    BadActTime,
    BadPeriod,
    BadRegion,
    BeyondCalendar,
    LawError,
    LawTableError,
    LimitNotInForce,
    TableFault,
    UnknownRule,
)
from law.gates import Gate
from law.levels import LevelPath, LocalPractice
from law.load import load
from law.local_time import SHANGHAI
from law.lookup import Law, LawInForce

__all__ = [
    "SHANGHAI",
    "AgreedLimit",
    "AgreedRule",
    "BadActTime",
    "BadPeriod",
    "BadRegion",
    "BeyondCalendar",
    "ClockRule",
    "Due",
    "Extension",
    "Gate",
    "Law",
    "LawError",
    "LawInForce",
    "LawTableError",
    "LevelPath",
    "LimitNotInForce",
    "LocalPractice",
    "Pause",
    "Refusal",
    "Restart",
    "Step",
    "TableFault",
    "UnknownRule",
    "load",
]
