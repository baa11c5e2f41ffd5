import os
import socket

with socket.create_connection((os.environ["PEER"], int(os.environ["PORT"]))) as connection:
    connection.sendall(b"who is?")
    # The answer?
