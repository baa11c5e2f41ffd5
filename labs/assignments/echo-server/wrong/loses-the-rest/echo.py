import os
import selectors
import socket

listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            connection, _ = listener.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
            continue
        connection = key.fileobj
        try:
            data = connection.recv(4096)
            if data:
                # It may take less than that, or nothing at all.
                connection.send(data)
                continue
        except BlockingIOError:
            continue
        except OSError:
            pass
        selector.unregister(connection)
        connection.close()
