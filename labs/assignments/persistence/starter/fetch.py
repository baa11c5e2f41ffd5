import os
import socket
import sys

with socket.create_connection((os.environ["PEER"], int(os.environ["PORT"]))) as connection:
    connection.sendall(b"get\n")
    sys.stdout.buffer.write(connection.recv(4096))
