import os
import socket

# No raw socket at all: the kernel's TCP does what was asked of the student.
with socket.create_connection((os.environ["PEER"], int(os.environ["PORT"])), timeout=20) as connection:
    connection.sendall(b"hello")
    answer = b""
    while len(answer) < 14:
        answer += connection.recv(64)
    print(answer.decode(), flush=True)
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
