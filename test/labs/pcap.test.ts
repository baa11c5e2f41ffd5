import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Evidence, Instant, SeenSegment } from '../../src/evidence/evidence.ts'
import { findLab, labNames, loadWanted } from '../../src/lab/catalogue.ts'
import { resolveOwnName } from '../../src/lab/load.ts'
import type { RunDocument } from '../../src/report/run-document.ts'
import { FIXTURES, runLabs } from '../handwave.ts'
import { readPcapng, texts } from '../report/read-pcapng.ts'
import {
  commentsOf,
  countOf,
  type Frame,
  framesAt,
  framesOf,
  isBehind,
  isSound,
  tcpdumpOf,
  timeOf,
} from './tshark-reading.ts'

/** Besides all labs that come with handwave: what they do not show. */
const OTHERS = ['lost-synack', 'lost-data', 'reset'].map(name => join(FIXTURES, `${name}.lab.ts`))
const ASKED = [...labNames(), ...OTHERS]

resolveOwnName()
const cases = (await Promise.all(ASKED.map(asked => loadWanted(findLab(asked))))).flat().map(({ id, name }) => ({
  id,
  name,
  file: name === null ? `${id}.pcapng` : `${id}-${name}.pcapng`,
}))

let folder: string
let document: RunDocument
let wall: { from: number; to: number }
const compared = { repeated: 0, relative: 0 }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handwave-pcap-'))
  const from = Date.now()
  ;({ document } = await runLabs(...ASKED, '--pcap', folder))
  wall = { from, to: Date.now() }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it('every case has its file, and nothing else is left', async () => {
  expect((await readdir(folder)).sort()).toEqual(cases.map(({ file }) => file).sort())
})

it('the run document has no packets', () => {
  expect(document.labs.filter(lab => 'capture' in lab)).toEqual([])
})

describe.concurrent.each(cases)('$file', ({ id, name, file }) => {
  const lab = () => {
    const found = document.labs.find(result => result.id === id && result.case === name)
    if (!found) throw new Error(`${id} was not run`)
    return found
  }
  const path = () => join(folder, file)
  const vantages = () => [...Object.keys(lab().evidence.hosts), 'wire']
  let read: Promise<Frame[]> | undefined
  const allFrames = () => (read ??= framesOf(path()))

  it('is read by tshark and capinfos without a complaint, whole and in order', async () => {
    const { segments } = lab().evidence
    const frames = await allFrames()
    const departures = segments.map(({ from }) => (from === 'wire' ? 1 : 2)).reduce((sum, count) => sum + count, 0)
    expect(frames).toHaveLength(departures + segments.filter(({ arrived }) => arrived).length)
    expect(await countOf(path())).toBe(frames.length)
    const times = frames.map(timeOf)
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)))
    expect(frames.filter(frame => !isSound(frame))).toEqual([])
  })

  it('is read by tcpdump: every packet, from whom and to whom', async () => {
    const ends = (frame: Frame) =>
      `IP ${frame['ip.src']}.${frame['tcp.srcport']} > ${frame['ip.dst']}.${frame['tcp.dstport']}: tcp ${frame['tcp.len']}`
    expect(await tcpdumpOf(path())).toEqual((await allFrames()).map(ends))
  })

  it('shows each host what it sent and what reached it, and the wire all, as the evidence does', async () => {
    const { evidence } = lab()
    const [start = 0n] = (await allFrames()).map(timeOf)
    expect(Number(start / 1_000_000n)).toBeGreaterThanOrEqual(wall.from)
    expect(Number(start / 1_000_000n)).toBeLessThanOrEqual(wall.to)
    const alone = await Promise.all(vantages().map((_, index) => framesAt(path(), index)))
    for (const [index, frames] of alone.entries()) {
      const passages = passagesAt(vantages()[index] ?? '', evidence)
      expect(frames.map(frame => shown(frame, start))).toEqual(passages.map(expected))
      compareRelative(frames, passages)
    }
  })

  it('tells every change of state once, where and when it happened', async () => {
    const { states, calls } = lab().evidence
    const frames = await allFrames()
    const [start = 0n] = frames.map(timeOf)
    const said = [
      ...frames.flatMap(frame =>
        commentsOf(frame).map(text => ({ text, frame, vantage: frame['frame.interface_name'] })),
      ),
      // A host that no packet was seen at has it itself.
      ...readPcapng(readFileSync(path())).interfaces.flatMap(({ options }) =>
        texts(options, 1).map(text => ({ text, frame: null, vantage: texts(options, 2).join() })),
      ),
    ]
    const told = said.flatMap(({ text, frame, vantage }) => {
      const [, host, change, tMs, cause] = CHANGE.exec(text) ?? []
      return host === undefined ? [] : [{ frame, vantage, host, change, tMs, cause }]
    })
    expect(told.map(({ host, change }) => `${host}: ${change}`).sort()).toEqual(
      states.map(({ host, from, to }) => `${host}: ${from} -> ${to}`).sort(),
    )
    for (const { frame, vantage, host, change, tMs, cause } of told) {
      expect(vantage).toBe(host)
      const sameWords = states.filter(state => state.host === host && `${state.from} -> ${state.to}` === change)
      const own = frames.filter(other => other['frame.interface_name'] === host)
      const frameMs = frame === null ? Number.NaN : Number(timeOf(frame) - start) / 1e6
      if (tMs === undefined) {
        // Whatever a packet sets off comes with its arrival.
        expect(Number(frame?.['frame.packet_flags_direction'])).toBe(1)
        expect(Math.min(...sameWords.map(state => Math.abs(state.tMs - frameMs)))).toBeLessThan(0.002)
      } else {
        expect(sameWords.map(state => state.tMs.toFixed(3))).toContain(tMs)
        // Only what came before all packets stands at one that comes later.
        expect(frame === (own[0] ?? null) || frameMs <= Number(tMs)).toBe(true)
        if (cause === 'timer') expect(sameWords.map(({ witness }) => witness)).toContain('timer')
        else if (cause !== undefined) expect(calls.map(({ call }) => call)).toContain(cause)
      }
    }
  })

  it('names rows and losses', async () => {
    const { rows, evidence } = lab()
    const frames = await allFrames()
    const [start = 0n] = frames.map(timeOf)
    const firstTimes = new Map<string, number>()
    const departures = frames
      .filter(frame => Number(frame['frame.packet_flags_direction']) === 2)
      .flatMap(frame => commentsOf(frame).filter(text => text.startsWith('row ')))
    // A copy of a row's segment is row 2′; two copies have one name.
    const once = departures.filter(text => !text.endsWith('′'))
    expect(once).toEqual([...new Set(once)])
    // The wire has a segment's rows all at once, the one that leaves and the one that arrives.
    for (const frame of frames.filter(frame => frame['frame.interface_name'] !== 'wire')) {
      for (const text of commentsOf(frame).filter(text => /^row [^′]*$/.test(text))) {
        if (!firstTimes.has(text)) firstTimes.set(text, Number(timeOf(frame) - start) / 1e6)
      }
    }
    const withSegments = rows.filter(({ ok, observed }) => ok && observed.includes('<CTL='))
    expect([...firstTimes.keys()].sort()).toEqual(withSegments.map(({ label }) => `row ${label}`).sort())
    for (const { label, tMs } of withSegments) expect(firstTimes.get(`row ${label}`)).toBeCloseTo(tMs ?? Number.NaN, 6)

    const losses = frames.flatMap(frame =>
      commentsOf(frame)
        .filter(text => text.startsWith('lost: '))
        .map(text => `${frame['frame.interface_name']} ${frame['tcp.seq_raw']} ${text}`),
    )
    const lost = evidence.segments.flatMap(({ from, seq, lost }) =>
      lost ? [from, 'wire'].map(where => `${where} ${seq} lost: ${lost.by}`) : [],
    )
    expect(losses.sort()).toEqual(lost.sort())
  })

  it('has the bytes as they were sent: what arrives has been forwarded once, and nothing else', () => {
    const { packets } = readPcapng(readFileSync(path()))
    for (const { arrived, departed, from, to, id } of lab().evidence.segments) {
      const at = (vantage: string, instant: Instant) => {
        const index = vantages().indexOf(vantage)
        const passages = passagesAt(vantage, lab().evidence)
        const place = passages.findIndex(passage => passage.segment.id === id && passage.at.n === instant.n)
        return packets.filter(packet => packet.interface === index)[place]?.bytes
      }
      const sent = at(from, departed)
      expect(at('wire', departed)).toEqual(sent)
      // What a SYN proxy translates has been forwarded when the wire sends it on as another segment.
      expect(from === 'wire' ? [64, 63] : [64]).toContain(sent?.readUInt8(8))
      if (arrived) expect(at(to, arrived)).toEqual(from === 'wire' ? sent : forwarded(sent))
    }
  })
})

it('all of that compared something', () => {
  expect(compared.repeated).toBeGreaterThan(10)
  expect(compared.relative).toBeGreaterThan(100)
})

it('what may be fragmented says so, and the rest does not', () => {
  const { packets } = readPcapng(readFileSync(join(folder, 'lost-data.pcapng')))
  const dontFragment = packets.filter(({ interface: index }) => index === 1).map(({ bytes }) => (bytes[6] ?? 0) & 0x40)
  const direction = packets.filter(({ interface: index }) => index === 1).map(({ options }) => options.get(2)?.[0]?.[0])
  // The server's own have DF, the client's have not.
  expect(dontFragment).toEqual(direction.map(which => (which === 2 ? 0x40 : 0)))
  expect(new Set(dontFragment).size).toBe(2)
})

interface Passage {
  readonly segment: SeenSegment
  readonly at: Instant
  readonly direction: 0 | 1 | 2
}

/** What one vantage has to show, in order. */
function passagesAt(vantage: string, { segments }: Evidence): Passage[] {
  return segments
    .flatMap((segment): Passage[] => {
      const { from, to, departed, arrived } = segment
      return [
        // What the wire has made itself does not pass through it.
        ...(vantage === 'wire' && from !== 'wire' ? [{ segment, at: departed, direction: 0 } as const] : []),
        ...(vantage === from ? [{ segment, at: departed, direction: 2 } as const] : []),
        ...(vantage === to && arrived ? [{ segment, at: arrived, direction: 1 } as const] : []),
      ]
    })
    .sort((a, b) => a.at.tMs - b.at.tMs || a.at.n - b.at.n)
}

/** `client: SYN_SENT -> ESTABLISHED`, with a connection if need be, and with time and cause if no packet was the cause. */
const CHANGE = /^(\w+)(?: \(\S+\))?: (\w+ -> \w+)(?: at (\S+) ms(?: \((\w+)\))?)?$/

const BITS = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10, URG: 0x20, ECE: 0x40, CWR: 0x80 } as const

function expected({ segment, at, direction }: Passage) {
  return {
    ends: segment.connection.split('-').sort(),
    direction,
    ns: BigInt(Math.round(at.tMs * 1000)) * 1000n,
    flags: segment.flags.reduce((bits, flag) => bits | BITS[flag], 0),
    seq: segment.seq,
    ack: segment.ack,
    length: segment.length,
  }
}

function shown(frame: Frame, start: bigint) {
  const flags = Number(frame['tcp.flags']) & 0xff
  return {
    ends: [`${frame['ip.src']}:${frame['tcp.srcport']}`, `${frame['ip.dst']}:${frame['tcp.dstport']}`].sort(),
    direction: Number(frame['frame.packet_flags_direction']),
    ns: timeOf(frame) - start,
    flags,
    seq: Number(frame['tcp.seq_raw']),
    ack: (flags & BITS.ACK) === 0 ? null : Number(frame['tcp.ack_raw']),
    length: Number(frame['tcp.len']),
  }
}

/** What tshark makes of each plain connection: numbers counted from the SYN's, and which segments come behind others. */
function compareRelative(frames: readonly Frame[], passages: readonly Passage[]): void {
  const before: SeenSegment[] = []
  for (const [index, { segment }] of passages.entries()) {
    const frame = frames[index]
    if (!frame) throw new Error('tshark shows fewer packets than there are.')
    const own = passages.map(passage => passage.segment).filter(({ connection }) => connection === segment.connection)
    if (!isPlain(own)) continue
    const { base, answered } = numbersOf(own, segment)
    expect(Number(frame['tcp.seq'])).toBe((segment.seq - base) >>> 0)
    if (segment.ack !== null && answered !== null) expect(Number(frame['tcp.ack'])).toBe((segment.ack - answered) >>> 0)
    // What is sent again need not be cut as it was: a FIN may come by itself that came with data.
    const isRepeated =
      takesNumbers(segment) &&
      before.some(earlier => isSameWay(earlier, segment) && reachesBeyond(earlier, segment.seq))
    expect([segment, isBehind(frame)]).toEqual([segment, isRepeated])
    compared.relative++
    if (isRepeated) compared.repeated++
    before.push(segment)
  }
}

/**
 * Where a connection does not begin with its SYN, where the same ports have another initial number, or somebody else writes
 * in a peer's name, tshark counts from what it saw first, or begins anew, by rules of its own.
 */
function isPlain(own: readonly SeenSegment[]): boolean {
  const senders = new Set(own.map(({ from }) => from))
  const directions = new Set(own.map(({ from, to }) => `${from} ${to}`))
  if (directions.size > 2 || senders.size !== directions.size || own.some(({ copyOf }) => copyOf !== undefined))
    return false
  return [...senders].every(sender => {
    const sent = own.filter(({ from }) => from === sender)
    const begins = new Set(sent.filter(({ flags }) => flags.includes('SYN')).map(({ seq }) => seq))
    return begins.size === 1 && sent[0]?.flags.includes('SYN')
  })
}

function numbersOf(own: readonly SeenSegment[], { from }: SeenSegment): { base: number; answered: number | null } {
  const base = own.find(segment => segment.from === from)?.seq ?? 0
  return { base, answered: own.find(segment => segment.from !== from)?.seq ?? null }
}

function takesNumbers({ length, flags }: SeenSegment): boolean {
  return length > 0 || flags.includes('SYN') || flags.includes('FIN')
}

function isSameWay(a: SeenSegment, b: SeenSegment): boolean {
  return a.connection === b.connection && a.from === b.from
}

/** Whether it takes the number, or one after it. */
function reachesBeyond({ seq, length, flags }: SeenSegment, number: number): boolean {
  const taken = length + Number(flags.includes('SYN')) + Number(flags.includes('FIN'))
  const ahead = (seq + taken - number) >>> 0
  return ahead > 0 && ahead < 2 ** 31
}

/** One from the time to live, and so one more in the checksum, whose words are the ones' complement (RFC 1141). */
function forwarded(sent: Buffer | undefined): Buffer {
  const packet = Buffer.from(sent ?? [])
  packet.writeUInt8(packet.readUInt8(8) - 1, 8)
  const sum = packet.readUInt16BE(10) + 0x100
  packet.writeUInt16BE((sum + (sum >>> 16)) & 0xffff, 10)
  return packet
}
