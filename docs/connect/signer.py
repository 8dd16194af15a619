"""Sign a request (RFC 9421, Ed25519) and print the headers to send. URL: percent-encoded.

python signer.py key.pem KEY_ID METHOD URL IDEMPOTENCY_KEY [CREATED NONCE] < body
"""
# ruff: noqa: ANN001, ANN201, INP001 (a page of the documentation, to be copied: brief)

import base64
import hashlib
import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key


def sign(pem, key_id, method, url, own_id, body, created=None, nonce=None):
    """The headers of the signature, as a dict."""
    target = urlsplit(url)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    lines = {"@method": method, "@authority": target.netloc.lower()}  # without a default port
    lines |= {"@path": target.path or "/", "@query": f"?{target.query}"}
    lines["content-digest"] = f"sha-256=:{digest}:"
    if method in {"POST", "PUT", "PATCH"}:
        lines["idempotency-key"] = own_id
    covered = " ".join(f'"{name}"' for name in lines)
    created, nonce = created or int(time.time()), nonce or secrets.token_hex(16)
    params = f'({covered});created={created};keyid="{key_id}";alg="ed25519";nonce="{nonce}"'
    lines["@signature-params"] = params
    base = "\n".join(f'"{name}": {value}' for name, value in lines.items())
    signature = base64.b64encode(load_pem_private_key(pem, None).sign(base.encode())).decode()
    headers = {name: value for name, value in lines.items() if not name.startswith("@")}
    return headers | {"signature-input": f"f={params}", "signature": f"f=:{signature}:"}


if __name__ == "__main__":
    file, *given = sys.argv[1:]
    headers = sign(Path(file).read_bytes(), *given[:4], sys.stdin.buffer.read(), *given[4:])
    sys.stdout.writelines(f"{name}: {value}\n" for name, value in headers.items())
