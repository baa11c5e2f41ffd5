import os
import random
import socket
import struct

HOST, PEER, PORT = os.environ["HOST"], os.environ["PEER"], int(os.environ["PORT"])
OWN_PORT = random.randrange(32768, 61000)
SYN = 2

raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
seq, ack, window, checksum = random.randrange(1 << 32), 0, 65535, 0
header = struct.pack("!HHIIBBHHH", OWN_PORT, PORT, seq, ack, 5 << 4, SYN, window, checksum, 0)
raw.sendto(header, (PEER, 0))
# Why does nobody answer?
