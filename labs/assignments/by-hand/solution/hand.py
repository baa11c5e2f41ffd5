import os
import random
import socket
import struct
import sys
import time
from typing import NamedTuple

HOST, PEER, PORT = os.environ["HOST"], os.environ["PEER"], int(os.environ["PORT"])
OWN_PORT = random.randrange(32768, 61000)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
WAIT_S, ATTEMPTS = 1, 5


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Segment(NamedTuple):
    flags: int
    seq: int
    ack: int
    data: bytes


class Connection:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.next = random.randrange(1 << 32)  # the number of what we send next
        self.expected = 0  # and of what we are sent next
        self.peer_is_done = False
        self.received = b""

    def transmit(self, flags, seq, data=b""):
        ack = self.expected if flags & ACK else 0
        header = struct.pack("!HHIIBBHHH", OWN_PORT, PORT, seq, ack, 5 << 4, flags, 65535, 0, 0)
        length = len(header) + len(data)
        pseudo = socket.inet_aton(HOST) + socket.inet_aton(PEER) + struct.pack("!BBH", 0, 6, length)
        header = header[:16] + struct.pack("!H", checksum(pseudo + header + data)) + header[18:]
        self.socket.sendto(header + data, (PEER, 0))

    def hear(self, until):
        """The next segment of this connection. None if the time is over."""
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet, (source, _) = self.socket.recvfrom(65535)
            except TimeoutError:
                return None
            tcp = packet[(packet[0] & 15) * 4 :]
            from_port, to_port, seq, ack, offset, flags = struct.unpack("!HHIIBB", tcp[:14])
            if (source, from_port, to_port) != (PEER, PORT, OWN_PORT):
                continue
            if flags & RST:
                sys.exit("the connection was reset")
            return Segment(flags, seq, ack, tcp[(offset >> 4) * 4 :])
        return None

    def send(self, flags, data=b""):
        """Sends what takes numbers, again and again, until it is acknowledged."""
        seq = self.next
        self.next = (seq + len(data) + bool(flags & (SYN | FIN))) % (1 << 32)
        for _ in range(ATTEMPTS):
            self.transmit(flags, seq, data)
            until = time.monotonic() + WAIT_S
            while segment := self.hear(until):
                self.take(*segment)
                if segment.ack == self.next:
                    return
        sys.exit("nobody answers")

    def take(self, flags, seq, ack, data):
        if flags & SYN:
            self.expected = (seq + 1) % (1 << 32)
        elif seq == self.expected:
            self.received += data
            self.peer_is_done = self.peer_is_done or bool(flags & FIN)
            self.expected = (seq + len(data) + bool(flags & FIN)) % (1 << 32)
        if flags & (SYN | FIN) or data:
            self.transmit(ACK, self.next)

    def wait(self, is_over):
        until = time.monotonic() + 60
        while not is_over():
            segment = self.hear(until)
            if segment is None:
                sys.exit("the server says no more")
            self.take(*segment)


connection = Connection()
connection.send(SYN)
connection.send(PSH | ACK, b"hello")
connection.wait(lambda: len(connection.received) >= 14)
print(connection.received.decode(), flush=True)
connection.send(FIN | ACK)
connection.wait(lambda: connection.peer_is_done)
