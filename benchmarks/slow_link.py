"""A TCP link to a server that delays everything that passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


@asynccontextmanager
async def slow_link(url: str, seconds: float) -> AsyncIterator[str]:
    """An address that leads to `url`; each piece of data arrives so many seconds late, both ways."""
    target = urlsplit(url)

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(target.hostname, target.port)
        ways = (_carry(reader, there_writer, seconds), _carry(there_reader, writer, seconds))
        await asyncio.gather(*ways, return_exceptions=True)

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}{target.path}"
    finally:
        server.close()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, seconds: float) -> None:
    with suppress(ConnectionError):
        while data := await source.read(1 << 16):
            await asyncio.sleep(seconds)
            sink.write(data)
            await sink.drain()
    sink.close()
