import os
import socket
import threading


def serve(connection):
    with connection:
        try:
            # Of what comes at once it gives back a kilobyte, and throws the rest away.
            while data := connection.recv(65536):
                connection.sendall(data[:1024])
        except ConnectionError:
            pass


with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
