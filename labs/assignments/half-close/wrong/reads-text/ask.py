import os
import socket

with socket.create_connection((os.environ["PEER"], int(os.environ["PORT"]))) as connection:
    connection.sendall(b"who is?")
    connection.shutdown(socket.SHUT_WR)
    while data := connection.recv(4096):
        # A letter may come in two pieces.
        print(data.decode(errors="ignore"), end="", flush=True)
