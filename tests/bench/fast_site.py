"""A fast site for benchmarks: one process, keep-alive, a feed and its pages; prints its port."""

import asyncio
import sys

BODY = (
    "<html><head><title>Page {}</title></head><body><article><h1>Page {}</h1>"
    + "<p>"
    + "A plain paragraph of a plain story about a bridge and its long repair. " * 250
    + "</p></article></body></html>"
)
HEAD = 'HTTP/1.1 {}\r\nContent-Type: {}; charset=utf-8\r\nETag: "{}"\r\nContent-Length: {}\r\n\r\n'


def answer(path: str, pages: int, port: int) -> bytes:
    if path == "/robots.txt":
        return respond("200 OK", path, "User-agent: *\nDisallow:\n")
    if path == "/rss":
        links = "".join(
            f"<item><link>http://127.0.0.1:{port}/{n}</link></item>" for n in range(pages)
        )
        return respond("200 OK", path, f"<rss version='2.0'><channel>{links}</channel></rss>")
    if path.strip("/").isdigit():
        return respond("200 OK", path, BODY.format(path, path))
    return respond("404 Not Found", path, "")


def respond(status: str, etag: str, text: str) -> bytes:
    body = text.encode()
    kind = "text/html" if text.startswith("<html") else "text/xml"
    return HEAD.format(status, kind, etag.strip("/"), len(body)).encode() + body


async def serve(pages: int) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode()
                etag = path.strip("/")
                if f'if-none-match: "{etag}"' in head.decode("latin-1").lower():
                    writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
                else:
                    writer.write(answer(path, pages, port))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
