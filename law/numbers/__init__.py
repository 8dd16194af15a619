"""Numbers of the outside world: parse, check, normalise. Validity of form only, never of existence.

`number(text)` names the kind by itself; each kind has a function of its own. No answer repeats more
of a citizen's number than its parts, and no message contains it.
"""

from law.numbers.cases import court_case, dossier
from law.numbers.local import LocalPatterns, patterns
from law.numbers.people import citizen_id, uscc
from law.numbers.places import division
from law.numbers.reading import TEXT_MAX, NumberKind, NumberReading
from law.numbers.which import number

__all__ = [
    "TEXT_MAX",
    "LocalPatterns",
    "NumberKind",
    "NumberReading",
    "citizen_id",
    "court_case",
    "division",
    "dossier",
    "number",
    "patterns",
    "uscc",
]
