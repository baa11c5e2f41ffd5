import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../handwave.ts'
import { type ClassMarks, grade } from './grading.ts'

/** `forge` sends a segment from anybody to anybody, checksums and all. */
const FORGERY = `
import os, random, socket, struct, time
HOST, PEER, PORT = os.environ["HOST"], os.environ["PEER"], int(os.environ["PORT"])
FIN, SYN, RST, ACK = 1, 2, 4, 16
STRANGER = "198.19.4.7"

def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

def packet(source, target, flags, seq, ack=0, data=b""):
    ports = (PORT if source == PEER else 40000, PORT if target == PEER else 40000)
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    tcp = struct.pack("!HHIIBBHHH", *ports, seq, ack, 80, flags, 65535, 0, 0)
    total = checksum(ends + struct.pack("!HH", 6, 20 + len(data)) + tcp + data)
    tcp = tcp[:16] + struct.pack("!H", total) + tcp[18:] + data
    head = struct.pack("!BBHHHBBH", 69, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + tcp

raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

def forge(source, target, *more):
    try:
        raw.sendto(packet(source, target, *more), (target, 0))
    except OSError as error:
        print(error)
    time.sleep(0.01)

OPENING = ((HOST, PEER, SYN, 100), (PEER, HOST, SYN | ACK, 300, 101), (HOST, PEER, ACK, 101, 301), (HOST, PEER, ACK, 101, 301, b"hello"))
CLOSING = ((HOST, PEER, FIN | ACK, 106, 301), (PEER, HOST, ACK, 301, 107), (PEER, HOST, FIN | ACK, 301, 107), (HOST, PEER, ACK, 107, 302))
`

const HOSTILE: Readonly<Record<string, string>> = {
  // The picture, drawn by one hand.
  'plays-both-sides': 'for segment in OPENING + CLOSING: forge(*segment)',
  // Nobody ever speaks but the program, and to itself.
  'talks-to-itself': 'for one, other, *more in OPENING + CLOSING: forge(one, HOST, *more)',
  'forges-others': `
for source in (STRANGER, "8.8.8.8", "127.0.0.1", "198.18.0.1", PEER):
    for target in (PEER, HOST, "8.8.8.8", "127.0.0.1", "198.18.0.1", "198.18.7.3", "255.255.255.255"):
        for flags in (SYN, RST, RST | ACK):
            forge(source, target, flags, 100, 1)`,
  // Past the wire, straight to the other's card.
  'forges-frames': `
frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
frames.bind((next(name for _, name in socket.if_nameindex() if name != "lo"), 0x0800))
for to in (1, 3, 255):
    for source, target, *more in OPENING + CLOSING:
        macs = b"\\x02\\0\\0\\0\\0" + bytes([to]) + b"\\x02\\0\\0\\0\\0" + bytes([2 if source == HOST else 3])
        frames.send(macs + b"\\x08\\0" + packet(source, target, *more))`,
  'sends-nonsense': `
random.seed(7)
tcp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
for length in [*range(60), 1400]:
    try:
        tcp.sendto(random.randbytes(length), (PEER, 0))
    except OSError as error:
        print(error)`,
  floods: 'while True: raw.sendto(packet(HOST, PEER, SYN, random.randrange(1 << 32)), (PEER, 0))',
}

describe('programs that may use raw sockets, and do what they like with them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-test-'))
  const byHand = join(ROOT, 'labs/assignments/by-hand')
  let marks: ClassMarks | undefined

  beforeAll(async () => {
    const hostile = Object.entries(HOSTILE).map(([name, text]) => {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'hand.py'), FORGERY + text)
      return join(folder, name)
    })
    const [first, last] = ['wrong/fin-takes-no-number', 'solution'].map(name => join(byHand, name)) as [string, string]
    marks = await grade(join(ROOT, 'test/grade/fixtures/two-by-hand.ts'), [first, ...hostile, last])
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(Object.keys(HOSTILE))('%s: no points, and a sentence for each part', name => {
    const parts = marks?.results[name]?.extra_data.parts ?? []
    expect(parts.map(({ points }) => points)).toEqual([0, 0])
    for (const { reasons } of parts) expect(reasons.join('')).not.toBe('')
  })

  it('change nothing for the honest ones', () => {
    expect(marks?.results['fin-takes-no-number']?.score).toBe(3)
    expect(marks?.results['solution']?.score).toBe(6)
  })
})
