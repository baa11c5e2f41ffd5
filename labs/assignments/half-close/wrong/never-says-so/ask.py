import os
import socket
import sys

# Without a FIN the server cannot know that the question is complete.
with socket.create_connection((os.environ["PEER"], int(os.environ["PORT"]))) as connection:
    connection.sendall(b"who is?")
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
