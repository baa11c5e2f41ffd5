import os
import random
import socket
import struct
import sys

HOST, PEER, PORT = os.environ["HOST"], os.environ["PEER"], int(os.environ["PORT"])
OWN_PORT = random.randrange(32768, 61000)
FIN, SYN, RST, ACK = 1, 2, 4, 16
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def transmit(flags, seq, ack, data=b""):
    header = struct.pack("!HHIIBBHHH", OWN_PORT, PORT, seq, ack, 80, flags, 65535, 0, 0)
    pseudo = socket.inet_aton(HOST) + socket.inet_aton(PEER) + struct.pack("!HH", 6, 20 + len(data))
    header = header[:16] + struct.pack("!H", checksum(pseudo + header + data)) + header[18:]
    raw.sendto(header + data, (PEER, 0))


def hear():
    while True:
        tcp = raw.recv(65535)[20:]
        from_port, to_port, seq, ack, offset, flags = struct.unpack("!HHIIBB", tcp[:14])
        if (from_port, to_port) == (PORT, OWN_PORT):
            if flags & RST:
                sys.exit("reset")
            return flags, seq, ack, tcp[(offset >> 4) * 4 :]


def persist(flags, seq, ack, data=b""):
    raw.settimeout(1)
    for _ in range(5):
        transmit(flags, seq, ack, data)
        try:
            return hear()
        except TimeoutError:
            pass
    sys.exit("nobody answers")


seq = random.randrange(1 << 31)
_, ack, _, _ = persist(SYN, seq, 0)
# The server has sent nothing yet, has it?
persist(ACK, seq + 1, ack, b"hello")
answer = hear()
transmit(ACK, seq + 6, ack + len(answer[3]))
print(answer[3].decode())
persist(FIN | ACK, seq + 6, ack + len(answer[3]))
