import os
import socket
import struct

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind((os.environ["HOST"], int(os.environ["PORT"])))
listener.listen()
while True:
    connection, _ = listener.accept()
    # No TIME-WAIT for anybody, and no goodbye either.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(b"hello\n")
    connection.close()
