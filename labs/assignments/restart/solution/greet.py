import os
import socket

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
# Or bind(2) fails for a minute: EADDRINUSE.
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((os.environ["HOST"], int(os.environ["PORT"])))
listener.listen()
while True:
    connection, _ = listener.accept()
    try:
        with connection:
            connection.sendall(b"hello\n")
            connection.shutdown(socket.SHUT_WR)
            # Until the client has gone: what it sent and nobody read would be met by a reset.
            while connection.recv(4096):
                pass
    except ConnectionError:
        pass
