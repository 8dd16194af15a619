"""Where the exchange may be told to POST to: https, to a public host, to nobody's inside.

Handoffs are asked for at `<url>/<handoff id>`: so it ends without a slash and has no query.

The exchange delivers to listed URLs only, so a URL is judged when it is listed. A host *name* is
not resolved here, since it may resolve otherwise tomorrow: in production the exchange's network
must let it reach outside addresses only. Loopback is for a sandbox home, where every agency
is played on the same machine.
"""

import ipaddress
from urllib.parse import urlsplit

from exchange.chassis.decider import FieldError
from services.directory.schemas import DeliveryForm

POINTER = "/推送地址"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def delivery_errors(form: DeliveryForm, *, loopback_allowed: bool) -> list[FieldError]:
    """What is wrong with a delivery; none when it may be listed."""
    if (form.mode == "push") != (form.url is not None):
        zh, en = "推送须有推送地址，信箱不写", "push has a URL, a mailbox has none"
        return [_error("url_and_mode", zh, en)]
    if form.url is None:
        return []
    return push_url_errors(form.url, loopback_allowed=loopback_allowed)


def push_url_errors(url: str, *, loopback_allowed: bool) -> list[FieldError]:
    """What is wrong with it; none when it may be listed."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return [_error("bad_url", "不是网址", "not a URL")]
    if not host or not url.isascii() or any(c.isspace() for c in url):
        return [_error("bad_url", "不是完整的网址", "not a complete URL")]
    if parts.username is not None or parts.password is not None or parts.fragment:
        return [_error("bad_url", "网址不得带用户名、密码或片段", "no user, password or fragment")]
    if "?" in url or parts.path.endswith("/"):
        zh, en = (
            "网址不得带查询，也不得以“/”结尾",
            "no query, no slash at the end: ids are appended",
        )
        return [_error("not_a_base", zh, en)]
    if host in LOOPBACK_NAMES:
        if loopback_allowed and parts.scheme in {"http", "https"}:
            return []
        return [_error("inner_address", "不得指向本机", "loopback is for a sandbox home only")]
    if parts.scheme != "https":
        return [_error("not_https", "推送地址必须是 https", "a push URL must be https")]
    if _is_inner(host):
        return [_error("inner_address", "不得指向内部地址", "not a public host")]
    return []


def _is_inner(host: str) -> bool:
    """An address that is not public, or a name that no public host has."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return _is_disguised(host) or "." not in host


def _is_disguised(host: str) -> bool:
    """A number that a resolver may read as an address (`0x7f.1`, `2130706433`): the last label of
    a public name is never one."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or last.startswith("0x") or last in {"localhost", "local", "internal"}


def _error(code: str, zh: str, en: str) -> FieldError:
    return FieldError(POINTER, code, zh, en)
