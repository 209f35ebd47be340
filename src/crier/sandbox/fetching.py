"""Files behind URLs. Telegram's servers fetch them; here, by `--fetch`:

- `loopback` (default): URLs on this machine are fetched, all others are believed to be right;
- `always`: every URL is fetched;
- `never`: every URL is believed.

What begins with a prefix of `--web` is a file in a folder of this machine.

As with Telegram, what a URL gave is cached, a failure too.
"""

from __future__ import annotations

import asyncio
import ipaddress
from datetime import timedelta
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError

from crier.sandbox.entities.links import checked_link
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.files import File, FileStore

TIMEOUT_S = 20
MAX_CACHED = 1000
_LIMITS = {"photo": 5 * 1024 * 1024}
_MAX_BYTES = 20 * 1024 * 1024
_TYPES = {
    "photo": ("image/",),
    "video": ("video/",),
    "animation": ("image/gif", "video/mp4"),
    "audio": ("audio/",),
    "voice": ("audio/",),
    "sticker": ("image/webp",),
    "document": ("application/pdf", "application/zip", "image/gif"),
}


def check_url(url: str) -> None:
    """Check that a URL can be read.

    Raises:
        ApiError: it cannot; the words are Telegram's.
    """
    try:
        checked_link(url)
    except ValueError as error:
        raise bad(f"invalid file HTTP URL specified: {error}") from None
    if not url.lower().startswith(("http://", "https://")) and "://" in url:
        raise bad("invalid file HTTP URL specified: Unsupported URL protocol")


async def fetch(store: FileStore, kind: str, url: str) -> File:
    """Return the file behind `url`.

    Raises:
        ApiError: it cannot be had; the words are Telegram's.
    """
    url = checked_link(url)
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    for prefix, folder in store.web:
        if url.startswith(prefix):
            return _read(store, kind, Path(folder), unquote(url.removeprefix(prefix)))
    if store.fetch == "never" or (store.fetch == "loopback" and not _is_local(url)):
        return store.believe(kind, url, name)
    key = f"{kind} {url}"
    if key not in store.fetched:
        try:
            store.fetched[key] = await _download(store, kind, url, name)
        except ApiError as error:
            store.fetched[key] = error.description
        if len(store.fetched) > MAX_CACHED:
            store.fetched.popitem(last=False)
    found = store.fetched[key]
    if isinstance(found, str):
        raise ApiError(400, found)
    return found


def _read(store: FileStore, kind: str, folder: Path, path: str) -> File:
    """Return a file that stands for one on the web."""
    file = (folder / path.partition("?")[0].lstrip("/")).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise bad("WEBPAGE_CURL_FAILED")
    return _checked(store, kind, file.name, guess_type(file.name)[0] or "", file.read_bytes())


async def _download(store: FileStore, kind: str, url: str, name: str) -> File:
    try:
        async with asyncio.timeout(TIMEOUT_S), _client() as client:
            response = await client.get(url).build().send()
            status = response.status
            mime = (response.get_header("content-type") or "").partition(";")[0].strip()
            content = bytes(await response.bytes())
    except (PyreqwestError, TimeoutError, ValueError):
        raise bad("WEBPAGE_CURL_FAILED") from None
    if status != 200:
        raise bad("WEBPAGE_CURL_FAILED")
    return _checked(store, kind, name, mime, content)


def _checked(store: FileStore, kind: str, name: str, mime: str, content: bytes) -> File:
    if len(content) > _LIMITS.get(kind, _MAX_BYTES):
        raise bad("WEBPAGE_CURL_FAILED")
    if not mime.startswith(_TYPES[kind]):
        raise bad("WEBPAGE_MEDIA_EMPTY")
    return store.add(kind, content, name, mime)


def _client() -> Client:
    builder = ClientBuilder().timeout(timedelta(seconds=TIMEOUT_S)).no_proxy()
    return builder.user_agent("TelegramBot (like TwitterBot)").build()


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
