"""`--at FILE`: where an exchange runs and with which key its operator calls; YAML or JSON.

services:                       # the URLs that agencies use: they are part of each signature
  directory: http://localhost:8101
  ...                           # every service
private_key: exchange.pem       # paths are read from the folder of the file
exchange_keys: [exchange.json]  # whose answers are believed; left out: the key's own half
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticKnownError

from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.model import Form
from exchange.identity.keys import BadKey, SigningKey, VerifyKey
from fengqiao.cli.declared import SERVICES, known
from fengqiao.cli.operator import BEGINNING, Operator

FILE_BYTES_MAX = 65_536
KEYS_MAX = 16


class BadOperatorFile(Exception):
    """What is wrong with the file: every reason, in both languages."""

    def __init__(self, path: Path, reasons: list[str]) -> None:
        super().__init__("\n  ".join([f"{path} 有误 / is not as it must be:", *reasons]))
        self.reasons = reasons


def _address(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"} or not separator or not rest.strip("/"):
        raise ValueError("须为 http:// 或者 https:// 开头的地址 / an http or https address")
    return url.rstrip("/")


def _given(address: Any) -> Any:
    if address is None:
        raise PydanticKnownError("missing")
    return address


Address = Annotated[str, BeforeValidator(_given), AfterValidator(_address)]


def _all_named(services: Any) -> Any:
    """Every service is in it: one that the file leaves out has no address."""
    return {**dict.fromkeys(SERVICES), **services} if isinstance(services, dict) else services


Services = Annotated[
    dict[Annotated[str, AfterValidator(known)], Address], BeforeValidator(_all_named)
]
"""The address of each declared service."""


class OperatorForm(Form):
    """The file as it is written."""

    services: Services
    private_key: str = Field(min_length=1)
    exchange_keys: tuple[str, ...] = Field((), max_length=KEYS_MAX)


def read_operator(path: Path) -> Operator:
    """The operator whom the file names. Raises BadOperatorFile with every reason at once."""
    form, reasons = _form(path)
    if form is None:
        raise BadOperatorFile(path, reasons)
    key = _read(reasons, "private_key", _private, path.parent / form.private_key)
    trusted = [
        _read(reasons, f"exchange_keys/{n}", public_key, path.parent / name)
        for n, name in enumerate(form.exchange_keys)
    ]
    if key is None or reasons:
        raise BadOperatorFile(path, reasons)
    believed = [one for one in trusted if one is not None] or [key.verify_key(BEGINNING)]
    return Operator(form.services, key, believed)


def _form(path: Path) -> tuple[OperatorForm | None, list[str]]:
    try:
        raw = path.read_bytes()[: FILE_BYTES_MAX + 1]
        if len(raw) > FILE_BYTES_MAX:
            return None, [f"超过 {FILE_BYTES_MAX} 字节 / longer than that"]
        return OperatorForm.model_validate(yaml.safe_load(raw)), []
    except OSError as error:
        return None, [f"无法读取（{error.strerror}）/ cannot be read"]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, ValidationError):
            return None, list(_each(error))
        return None, ["不是 YAML 或者 JSON / neither YAML nor JSON"]


def _each(error: ValidationError) -> Iterator[str]:
    for wrong in error.errors(include_url=False, include_input=False):
        place = "/".join(str(part) for part in wrong["loc"] if part != KEY) or "(file)"
        own = wrong.get("ctx", {}).get("error", wrong["msg"])
        yield f"{place}: {KINDS.get(wrong['type'], own)}"


KEY = "[key]"
"""What pydantic adds to the place of a key that is wrong itself."""

KINDS = {
    "missing": "缺少这一项 / missing",
    "extra_forbidden": "没有这一项 / there is no such field",
    "string_type": "须为文字 / a text",
    "model_type": "须为一组字段 / a mapping of fields",
    "dict_type": "须为一组字段 / a mapping of fields",
    "tuple_type": "须为列表 / a list",
}


K = TypeVar("K")


def _read(reasons: list[str], field: str, read: Callable[[Path], K], path: Path) -> K | None:
    try:
        return read(path)
    except BadKey as bad:
        reasons.append(f"{field}: 密钥不可用 / {bad}")
        return None


def _private(path: Path) -> SigningKey:
    return SigningKey.read_pem(EXCHANGE, path)


def public_key(path: Path) -> VerifyKey:
    """The key of a JSON file, as the exchange tells its own. Raises BadKey."""
    try:
        form: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadKey(f"{path.name} cannot be read as JSON") from error
    return VerifyKey.from_json(form if isinstance(form, dict) else {})
