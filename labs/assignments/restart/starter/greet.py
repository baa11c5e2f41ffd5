import os
import socket

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind((os.environ["HOST"], int(os.environ["PORT"])))
listener.listen()
# And then?
