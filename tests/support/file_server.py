"""A file server on the socket that it is given: `python file_server.py FOLDER`."""

import functools
import http.server
import socket
import sys

if __name__ == "__main__":
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
    address = ("127.0.0.1", 0)
    server = http.server.ThreadingHTTPServer(address, handler, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=0)
    server.serve_forever()
