"""Files go to intake first: scans, photographs and recordings, encrypted under their dispute's key.

The body is the file itself, signed like every request through its content digest. What the file is
called is never asked: names of files name people.
"""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from exchange.chassis.decider import Refused
from exchange.chassis.door import Call, Door
from exchange.dossier.files import (
    FILE_BYTES_MAX,
    MEDIA_TYPES,
    MediaTypeRefused,
    check_file,
    encrypt_file,
)
from exchange.identity.policy import Purpose
from exchange.identity.signatures import sign_response
from services.intake.adding import NewFile, require_may_add
from services.intake.reading import ReadFile
from services.intake.state import FilePurpose
from services.intake.vault_room import entry_of, key_of, known_code, logged, opened_file

DOWNLOAD_HEADERS = {
    "cache-control": "no-store",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
}


def files_router(door: Door) -> APIRouter:
    routes = APIRouter(tags=["files"])

    @routes.post("/v1/files", status_code=201, openapi_extra=TAKES_FILE)
    async def add(request: Request, dispute: str, purpose: FilePurpose) -> Response:
        """201 with the file's id and the digest of its ciphertext: what requests then name."""
        call = await door.call(request, body_bytes_max=FILE_BYTES_MAX)
        declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        code = await known_code(door, dispute)
        return await _add(door, call, code, media_type(declared, call.body), purpose)

    @routes.get("/v1/files/{file_id}")
    async def read(
        request: Request,
        file_id: str,
        dispute: str,
        purpose: Purpose,
        sequence: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """The file's bytes, for whom the policy lets; the read is logged first."""
        call = await door.call(request)
        code = await known_code(door, dispute, sequence)
        asked = ReadFile(file_id, purpose, sequence)
        granted = await logged(door, call, "read_file", asked, code)
        content = await opened_file(door, code, file_id)
        return _download(door, call, granted["file"]["media_type"], content)

    return routes


TAKES_FILE = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string"}} for name in MEDIA_TYPES},
    }
}


def media_type(declared: str, content: bytes) -> str:
    """What the content is, by its first bytes. Raises Refused 415."""
    try:
        return check_file(declared, content)
    except MediaTypeRefused as error:
        zh, _, en = str(error).partition(" / ")
        raise Refused(
            "media_type_refused",
            zh,
            en,
            status=415,
            extra={"listed": error.listed, "found": error.found},
        ) from error


async def _add(door: Door, call: Call, code: str, media: str, purpose: FilePurpose) -> Response:
    require_may_add(await entry_of(door, code), call.agency.agency, await door.store.book())
    file_id = str(uuid.uuid4())
    stored = encrypt_file(await key_of(door, code), file_id, call.body)
    body = NewFile(
        file_id=file_id,
        ciphertext=stored.ciphertext,
        sha256=stored.sha256,
        media_type=media,
        size_bytes=len(call.body),
        purpose=purpose,
    )
    return await door.execute(call, "add_file", body, code=code, status=201)


def _download(door: Door, call: Call, media: str, content: bytes) -> Response:
    headers = sign_response(
        door.workshop.signing,
        200,
        {"content-type": media, **DOWNLOAD_HEADERS},
        content,
        request=call.signed,
        created=door.workshop.now(),
    )
    return Response(content, headers=headers)
