import os
import socket
import sys

with socket.create_connection((os.environ["PEER"], int(os.environ["PORT"]))) as connection:
    connection.sendall(b"who is?")
    connection.shutdown(socket.SHUT_WR)
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
