import os
import socket
import time

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
while True:
    try:
        listener.bind((os.environ["HOST"], int(os.environ["PORT"])))
        listener.listen()
        break
    except OSError:
        # It will be free some day.
        time.sleep(1)
while True:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"hello\n")
