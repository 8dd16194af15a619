"""What an agency answers is kept only if it can be written again."""

import orjson
import pytest

from exchange.chassis.answers import said_in
from fengqiao.client.verifier import CREATED, QUOTED


@pytest.mark.parametrize(
    "raw",
    [b"[1]", b"no json", b'{"x":' + b"[" * 300 + b"]" * 300 + b"}"],
    ids=["list", "none", "deep"],
)
def test_what_is_no_object_or_too_deep_to_keep_is_no_answer(raw: bytes) -> None:
    assert said_in(raw) is None


def test_an_object_is_an_answer_and_nothing_is_an_empty_one() -> None:
    assert said_in(orjson.dumps({"received": True})) == {"received": True}
    assert said_in(b"") == {}


@pytest.mark.parametrize(
    "parameters",
    [
        ';created=1772415000;keyid="a/b";nonce="n;created=1"',
        ';keyid="a/b";nonce="n\\";created=1";created=1772415000;alg="ed25519"',
    ],
)
def test_a_nonce_cannot_tell_the_verifier_another_time(parameters: str) -> None:
    last_line = f'"@signature-params": ("@method" "@path"){parameters}'
    found = CREATED.match(QUOTED.sub("", last_line))
    assert found is not None
    assert found[1] == "1772415000"
