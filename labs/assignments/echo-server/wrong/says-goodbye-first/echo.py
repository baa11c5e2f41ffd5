import os
import socket

# One answer, and the connection is closed: whatever the client still has to say is refused.
with socket.create_server((os.environ["HOST"], int(os.environ["PORT"]))) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(4096))
