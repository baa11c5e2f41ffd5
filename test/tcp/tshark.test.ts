import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emitOptions, type TcpOption } from '../../src/tcp/options.ts'
import { emitSegment, parseSegment } from '../../src/tcp/segment.ts'
import { arbitrarySegment } from './arbitrary.ts'
import { fromHex, toHex } from './hex.ts'
import * as written from './packets.ts'

/** What both are asked, in tshark's names; its words for our fields are in `ours` below. */
const FIELDS = [
  'ip.src',
  'ip.dst',
  'ip.hdr_len',
  'ip.dsfield',
  'ip.len',
  'ip.id',
  'ip.flags.rb',
  'ip.flags.df',
  'ip.flags.mf',
  'ip.ttl',
  'ip.checksum',
  'ip.checksum.status',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.hdr_len',
  'tcp.flags',
  'tcp.flags.cwr',
  'tcp.flags.ece',
  'tcp.flags.urg',
  'tcp.flags.ack',
  'tcp.flags.push',
  'tcp.flags.reset',
  'tcp.flags.syn',
  'tcp.flags.fin',
  'tcp.window_size_value',
  'tcp.urgent_pointer',
  'tcp.checksum',
  'tcp.checksum.status',
  'tcp.len',
  'tcp.payload',
  'tcp.options',
  'tcp.options.mss_val',
  'tcp.options.wscale.shift',
  'tcp.options.sack_le',
  'tcp.options.sack_re',
  'tcp.options.timestamp.tsval',
  'tcp.options.timestamp.tsecr',
  'tcp.options.tfo.cookie',
  'tcp.option_kind',
] as const

const ROUTER_ALERT = fromHex('94040000')

/** Options that only tshark knows: it gives up the rest of the list where they are not as it expects. */
const RIVERBED = [76, 78]

const PREFERENCES = [
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'ip.defragment:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
]

/** Newer versions print words. */
const BOOLEANS: Readonly<Record<string, string>> = { True: '1', False: '0' }

type Row = Record<(typeof FIELDS)[number], string>

it('tshark reads the same in the same packets', ctx => {
  if (spawnSync('tshark', ['--version']).error) ctx.skip('tshark is not installed: apt-get install tshark')
  const packets = [...Object.values(written), ...generated()]
  const rows = tshark(packets)
  expect(rows).toHaveLength(packets.length)
  const differences = packets.flatMap((packet, index) => {
    const [mine, theirs] = [ours(packet), rows[index]]
    return FIELDS.filter(field => mine[field] !== theirs?.[field]).map(
      field => `${field}: ours '${mine[field]}', tshark's '${theirs?.[field]}' in ${toHex(packet)}`,
    )
  })
  expect(differences).toEqual([])
  // The packets have to show something, or their agreement does not.
  for (const field of FIELDS) expect([field, new Set(rows.map(row => row[field])).size > 1]).toEqual([field, true])
})

/** Right ones, ones with a bit turned over where no length is, and ones with a short frame's filling behind. */
function generated(): Uint8Array[] {
  const damage = fc.option(fc.noBias(fc.tuple(fc.nat(0xffff), fc.nat(7))), { freq: 2 })
  const packet = fc
    .tuple(arbitrarySegment, damage, fc.uint8Array({ maxLength: 6 }))
    .filter(([{ tcp }]) => !tcp.options.some(option => option.kind === 'unknown' && RIVERBED.includes(option.number)))
    .map(([{ ip, tcp }, bit, filling]) => {
      // IP's options may be a source route, and then tshark reckons TCP's sum with the address at its end.
      const ipOptions = ip.ipOptions.length === 0 ? ip.ipOptions : ROUTER_ALERT
      const bytes = emitSegment({ ip: { ...ip, ipOptions }, tcp })
      const places = harmless(20 + ipOptions.length, bytes.length - tcp.payload.length, bytes.length)
      const at = places[(bit?.[0] ?? 0) % places.length] ?? 0
      if (bit) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit[1])
      return Uint8Array.of(...bytes, ...filling)
    })
  return fc.sample(packet, { seed: 9293, numRuns: 600 })
}

/** Everything but what says how the bytes are to be read: lengths, offsets, the protocol, options. */
function harmless(ipEnd: number, tcpEnd: number, end: number): number[] {
  const isFixed = (at: number) =>
    [0, 2, 3, 6, 7, 9, ipEnd + 12].includes(at) || (at >= 20 && at < ipEnd) || (at >= ipEnd + 20 && at < tcpEnd)
  return Array.from({ length: end }, (_, at) => at).filter(at => !isFixed(at))
}

function tshark(packets: readonly Uint8Array[]): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'handwave-tshark-'))
  try {
    const file = join(folder, 'packets.pcap')
    writeFileSync(file, pcap(packets))
    const options = [
      ...PREFERENCES.flatMap(preference => ['-o', preference]),
      ...FIELDS.flatMap(field => ['-e', field]),
    ]
    const run = spawnSync('tshark', ['-n', '-r', file, '-T', 'fields', '-E', 'separator=|', ...options], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    expect([run.status, run.error]).toEqual([0, undefined])
    const lines = run.stdout.split('\n').slice(0, -1)
    return lines.map(line => {
      const values = line.split('|')
      const row = Object.fromEntries(
        FIELDS.map((field, index) => [field, BOOLEANS[values[index] ?? ''] ?? values[index] ?? '']),
      ) as Row
      // It counts each zero at the end of the list, and we none.
      return { ...row, 'tcp.option_kind': row['tcp.option_kind'].replace(/(^|,)0(,0)*$/, '') }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The classic format, LINKTYPE_RAW: IP packets without a frame. */
function pcap(packets: readonly Uint8Array[]): Uint8Array {
  const words = (...numbers: number[]) => new Uint8Array(Uint32Array.from(numbers).buffer)
  return Buffer.concat([
    words(0xa1b2c3d4, 0x0004_0002, 0, 0, 65_535, 101),
    ...packets.flatMap((packet, index) => [words(index, 0, packet.length, packet.length), packet]),
  ])
}

function ours(packet: Uint8Array): Row {
  const { segment, ipChecksumOk, tcpChecksumOk } = parseSegment(packet)
  const { ip, tcp } = segment
  const view = new DataView(packet.buffer, packet.byteOffset)
  const optionBytes = emitOptions(tcp.options)
  const ipLength = 20 + ip.ipOptions.length
  const tcpLength = 20 + optionBytes.length
  const flag = (name: (typeof tcp.flags)[number]) => bit(tcp.flags.includes(name))
  const each = <Kind extends TcpOption['kind']>(
    kind: Kind,
    value: (option: Extract<TcpOption, { kind: Kind }>) => number | string | readonly number[],
  ) =>
    tcp.options
      .filter((option): option is Extract<TcpOption, { kind: Kind }> => option.kind === kind)
      .flatMap(value)
      .filter(text => text !== '')
      .join(',')
  return {
    'ip.src': ip.source,
    'ip.dst': ip.destination,
    'ip.hdr_len': String(ipLength),
    'ip.dsfield': hex(ip.tos, 2),
    'ip.len': String(ipLength + tcpLength + tcp.payload.length),
    'ip.id': hex(ip.id, 4),
    'ip.flags.rb': bit(ip.reservedFlag),
    'ip.flags.df': bit(ip.dontFragment),
    'ip.flags.mf': bit(ip.moreFragments),
    'ip.ttl': String(ip.ttl),
    'ip.checksum': hex(view.getUint16(10), 4),
    'ip.checksum.status': bit(ipChecksumOk),
    'tcp.srcport': String(tcp.sourcePort),
    'tcp.dstport': String(tcp.destinationPort),
    'tcp.seq_raw': String(tcp.seq),
    'tcp.ack_raw': String(tcp.ack),
    'tcp.hdr_len': String(tcpLength),
    // Twelve bits: ours for the reserved ones; the flags are compared one by one.
    'tcp.flags': hex((tcp.reserved << 8) | view.getUint8(ipLength + 13), 4),
    'tcp.flags.cwr': flag('CWR'),
    'tcp.flags.ece': flag('ECE'),
    'tcp.flags.urg': flag('URG'),
    'tcp.flags.ack': flag('ACK'),
    'tcp.flags.push': flag('PSH'),
    'tcp.flags.reset': flag('RST'),
    'tcp.flags.syn': flag('SYN'),
    'tcp.flags.fin': flag('FIN'),
    'tcp.window_size_value': String(tcp.window),
    'tcp.urgent_pointer': String(tcp.urgent),
    'tcp.checksum': hex(view.getUint16(ipLength + 16), 4),
    // 2: not verified, for want of the other fragments.
    'tcp.checksum.status': ip.moreFragments ? '2' : bit(tcpChecksumOk),
    'tcp.len': ip.moreFragments ? '' : String(tcp.payload.length),
    // Of a reset tshark calls it the cause.
    'tcp.payload': tcp.flags.includes('RST') ? '' : toHex(tcp.payload),
    'tcp.options': toHex(optionBytes),
    'tcp.options.mss_val': each('mss', option => option.size),
    'tcp.options.wscale.shift': each('windowScale', option => option.shift),
    'tcp.options.sack_le': each('sack', option => option.blocks.map(block => block.left)),
    'tcp.options.sack_re': each('sack', option => option.blocks.map(block => block.right)),
    'tcp.options.timestamp.tsval': each('timestamps', option => option.value),
    'tcp.options.timestamp.tsecr': each('timestamps', option => option.echo),
    'tcp.options.tfo.cookie': each('fastOpen', option => toHex(option.cookie)),
    'tcp.option_kind': kinds(tcp.options),
  }
}

function kinds(options: readonly TcpOption[]): string {
  const numbers = { nop: 1, mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8, fastOpen: 34 }
  return options
    .filter(option => option.kind !== 'padding')
    .map(option => (option.kind === 'unknown' ? option.number : numbers[option.kind]))
    .join(',')
}

function bit(isSet: boolean): string {
  return isSet ? '1' : '0'
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}
