import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CaptureFolder } from '../../src/cli/capture-folder.ts'
import { MissingError } from '../../src/errors.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import type { LabResult } from '../../src/lab/result.ts'
import { FIXTURES, handwave, runLabs } from '../handwave.ts'
import { readPcapng, texts } from '../report/read-pcapng.ts'

const NOTHING_SEEN: Evidence = {
  hosts: {},
  segments: [],
  states: [],
  calls: [],
  readings: [],
  timers: [],
  counters: {},
  captureDrops: 0,
  gaps: [],
}
const NO_DETAILS = {
  reasons: [],
  labMs: 0,
  rows: [],
  picture: [],
  claims: [],
  numbers: [],
  edges: [],
  hosts: {},
  capture: null,
}
const EMPTY: LabResult = {
  ...NO_DETAILS,
  id: 'lab',
  case: null,
  title: 'A lab',
  verdict: 'inconclusive',
  evidence: NOTHING_SEEN,
}

const fixture = (name: string) => join(FIXTURES, `${name}.lab.ts`)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handwave-pcap-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const fileOf = async (name: string) => readPcapng(await readFile(join(folder, name)))

describe('a folder that cannot be written', () => {
  it.each(['/dev/null', '/proc/there-is-none', ''])("'%s' is bad usage, before anything runs", async place => {
    const { exitCode, stdout, stderr } = await handwave('run', 'three-way-handshake', '--on', 'kernel', '--pcap', place)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(`Nothing can be written to the folder '${place}'`)
    expect(stderr).toContain('--pcap takes a folder')
    expect(stderr).not.toContain('running')
  })

  it('is not made where there is no such lab', async () => {
    const place = join(folder, 'new')
    const { exitCode } = await handwave('run', 'no-such-lab', '--pcap', place)
    expect(exitCode).toBe(2)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('files', () => {
  it('have numbers from the second of a name on, in a folder that is made', async () => {
    const place = join(folder, 'a/b')
    const { status, document } = await runLabs('time-wait/none', 'time-wait/none', '--repeat', '2', '--pcap', place)
    expect(status).toBe(0)
    const names = ['time-wait-none-2.pcapng', 'time-wait-none-3.pcapng', 'time-wait-none-4.pcapng']
    expect((await readdir(place)).sort()).toEqual([...names, 'time-wait-none.pcapng'])
    // Which is which shows in the initial sequence numbers.
    const files = await Promise.all(['time-wait-none.pcapng', ...names].map(name => readFile(join(place, name))))
    const begun = files.map(file => readPcapng(file).packets[0]?.bytes.readUInt32BE(24))
    expect(begun).toEqual(document.labs.map(({ evidence }) => evidence.segments[0]?.seq))
  })

  it('are there whole, or not at all', async () => {
    await mkdir(join(folder, 'three-way-handshake.pcapng', 'in-the-way'), { recursive: true })
    const { exitCode, stderr } = await handwave('run', 'three-way-handshake', '--on', 'kernel', '--pcap', folder)
    expect(exitCode).toBe(3)
    expect(stderr).toContain('three-way-handshake.pcapng could not be written')
    expect(await readdir(folder)).toEqual(['three-way-handshake.pcapng'])
  })

  it('that cannot be written because the folder is gone end the run, whatever is in its place', async () => {
    const place = join(folder, 'gone')
    const captures = new CaptureFolder(place)
    await rm(place, { recursive: true })
    await writeFile(place, '')
    captures.write(EMPTY, 'empty')
    expect(captures.isBroken.reason).toBeInstanceOf(MissingError)
  })

  it('of a lab that fails are there, too', async () => {
    const { status } = await runLabs(fixture('fault-misses'), '--pcap', folder)
    expect(status).toBe(1)
    const { packets } = await fileOf('fault-misses.pcapng')
    expect(packets.flatMap(({ comments }) => comments)).toContain('client: SYN_SENT -> ESTABLISHED')
  })

  it('of a lab that was not seen to its end say why there is nothing in them', async () => {
    const { status } = await runLabs(fixture('exits'), '--pcap', folder)
    expect(status).toBe(3)
    const { section, packets } = await fileOf('exits.pcapng')
    expect(packets).toEqual([])
    expect(texts(section, 1).join()).toContain('process.exit')
  })

  it('tell what each sniffer had no room for', async () => {
    const { document } = await runLabs(fixture('tiny-buffer'), '--pcap', folder)
    const { captureDrops } = document.labs[0]?.evidence ?? {}
    const { statistics, packets, section } = await fileOf('tiny-buffer.pcapng')
    const counter = (code: number) => statistics.map(({ options }) => Number(options.get(code)?.[0]?.readBigUInt64LE()))
    expect(counter(5)).toEqual([0, captureDrops, 0])
    expect(counter(4)).toEqual(
      [0, 1, 2].map(index => packets.filter(packet => packet.interface === index).length + (counter(5)[index] ?? 0)),
    )
    expect(texts(section, 1).join()).toContain(`no room for ${captureDrops} segments`)
  })
})
