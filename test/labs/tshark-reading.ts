import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'

const PREFERENCES = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE']
const FIELDS = [
  'frame.interface_name',
  'frame.time_epoch',
  'frame.packet_flags_direction',
  'frame.comment',
  'ip.checksum.status',
  'ip.src',
  'ip.dst',
  'tcp.checksum',
  'tcp.checksum.status',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.seq',
  'tcp.ack',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.len',
  'tcp.analysis.retransmission',
  'tcp.analysis.out_of_order',
] as const

export type Frame = Readonly<Record<(typeof FIELDS)[number], string>>

/** Between comments, which may have commas. */
const BETWEEN = '\u001f'

export function commentsOf(frame: Frame): string[] {
  return frame['frame.comment'].split(BETWEEN).filter(text => text !== '')
}

/** Since 1970, in whole nanoseconds. */
export function timeOf(frame: Frame): bigint {
  const [seconds = '', fraction = ''] = frame['frame.time_epoch'].split('.')
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/**
 * Whether tshark finds both checksums right. A sum of 0 the kernel writes as 0xffff (skb_checksum_help, CSUM_MANGLED_0), which
 * adds up as well; tshark calls that wrong, because RFC 1624 would not have it: one segment in 65,536.
 */
export function isSound(frame: Frame): boolean {
  const isTcpSound = frame['tcp.checksum.status'] === '1' || Number(frame['tcp.checksum']) === 0xffff
  return frame['ip.checksum.status'] === '1' && isTcpSound
}

/** Whether tshark has seen what comes after the segment, or the segment itself: what it calls it depends on the time between. */
export function isBehind(frame: Frame): boolean {
  return frame['tcp.analysis.retransmission'] !== '' || frame['tcp.analysis.out_of_order'] !== ''
}

/** What tshark reads in a file, without a complaint. */
export async function framesOf(file: string): Promise<Frame[]> {
  const separators = ['-E', 'separator=/t', '-E', `aggregator=${BETWEEN}`]
  const fields = FIELDS.flatMap(field => ['-e', field])
  const preferences = PREFERENCES.flatMap(preference => ['-o', preference])
  const stdout = await quietly('tshark', ['-n', '-r', file, '-T', 'fields', ...separators, ...preferences, ...fields])
  const lines = stdout === '' ? [] : stdout.split('\n')
  return lines.map(line => {
    const values = line.split('\t')
    expect(values).toHaveLength(FIELDS.length)
    return Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? ''])) as Frame
  })
}

/** One interface's packets alone: three vantages of one segment look like two repeats of it. */
export async function framesAt(file: string, interfaceId: number): Promise<Frame[]> {
  const folder = await mkdtemp(join(tmpdir(), 'handwave-pcap-'))
  try {
    const alone = join(folder, 'one.pcapng')
    await quietly('tshark', ['-n', '-r', file, '-Y', `frame.interface_id==${interfaceId}`, '-w', alone])
    return await framesOf(alone)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** How many packets capinfos counts. */
export async function countOf(file: string): Promise<number> {
  const line = await quietly('capinfos', ['-T', '-M', '-r', '-c', file])
  return Number(line.split('\t').at(-1))
}

/** What tcpdump says of each packet, without a time, a name or anything else that is not in it. It reads with libpcap, as most others do. */
export async function tcpdumpOf(file: string): Promise<string[]> {
  const { exitCode, stdout, stderr } = await execa('tcpdump', ['-n', '-t', '-q', '-r', file], {
    reject: false,
    stdin: 'ignore',
  })
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching(/^reading from file \S+, link-type IPV4 \(Raw IPv4\).*$/),
  })
  return stdout.split('\n')
}

async function quietly(program: 'tshark' | 'capinfos', args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa(program, args, { reject: false, stdin: 'ignore' })
  // Of root it is told that this could be dangerous.
  const complaints = stderr.split('\n').filter(line => line !== '' && !line.startsWith('Running as user "root"'))
  expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: [] })
  return stdout
}
