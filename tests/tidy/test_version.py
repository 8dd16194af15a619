"""The version is told in two places: to the packager and to who imports it."""

import tomllib

from fengqiao import __version__
from tests.tidy.repository import text


def test_the_package_and_the_code_tell_the_same_version() -> None:
    assert tomllib.loads(text("pyproject.toml"))["project"]["version"] == __version__
