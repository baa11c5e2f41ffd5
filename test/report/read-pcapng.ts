/** A pcapng file as its draft describes it, read by a reader that shares nothing with the writer. */
export interface PcapngFile {
  readonly section: Options
  readonly interfaces: readonly { linkType: number; options: Options }[]
  readonly packets: readonly PcapngPacket[]
  readonly statistics: readonly { interface: number; atNs: bigint; options: Options }[]
}

export interface PcapngPacket {
  readonly interface: number
  readonly atNs: bigint
  readonly bytes: Buffer
  readonly comments: readonly string[]
  readonly options: Options
}

type Options = ReadonlyMap<number, readonly Buffer[]>

export function readPcapng(file: Uint8Array): PcapngFile {
  const buffer = Buffer.from(file)
  let section: Options | undefined
  const interfaces: { linkType: number; options: Options }[] = []
  const packets: PcapngPacket[] = []
  const statistics: { interface: number; atNs: bigint; options: Options }[] = []
  for (let at = 0; at < buffer.length; ) {
    const type = buffer.readUInt32LE(at)
    const length = buffer.readUInt32LE(at + 4)
    must(length % 4 === 0 && length >= 12, `the block at ${at} is ${length} bytes long`)
    must(buffer.readUInt32LE(at + length - 4) === length, `the block at ${at} ends with another length`)
    const body = buffer.subarray(at + 8, at + length - 4)
    must((at === 0) === (type === 0x0a0d0d0a), `a section begins at ${at}`)
    if (type === 0x0a0d0d0a) {
      must(body.readUInt32LE(0) === 0x1a2b3c4d, 'the byte order is not ours')
      must(body.readUInt16LE(4) === 1 && body.readUInt16LE(6) === 0, 'the version is not 1.0')
      must(body.readBigInt64LE(8) === -1n, 'the section says how long it is')
      section = options(body.subarray(16))
    } else if (type === 1) {
      must(packets.length === 0, 'an interface comes after a packet')
      interfaces.push({ linkType: body.readUInt16LE(0), options: options(body.subarray(8)) })
    } else if (type === 6) packets.push(packet(body))
    else if (type === 5) {
      statistics.push({ interface: body.readUInt32LE(0), atNs: time(body, 4), options: options(body.subarray(12)) })
    } else throw new Error(`Nobody writes blocks of type ${type}.`)
    at += length
  }
  must(section !== undefined, 'there is no section')
  return { section: section ?? new Map(), interfaces, packets, statistics }
}

function packet(body: Buffer): PcapngPacket {
  const captured = body.readUInt32LE(12)
  must(body.readUInt32LE(16) === captured, 'a packet is cut short')
  const end = 20 + Math.ceil(captured / 4) * 4
  must(
    body.subarray(20 + captured, end).every(byte => byte === 0),
    'a packet is not filled up with zeros',
  )
  const found = options(body.subarray(end))
  return {
    interface: body.readUInt32LE(0),
    atNs: time(body, 4),
    bytes: body.subarray(20, 20 + captured),
    comments: texts(found, 1),
    options: found,
  }
}

/** The upper half comes first. */
function time(body: Buffer, at: number): bigint {
  return (BigInt(body.readUInt32LE(at)) << 32n) | BigInt(body.readUInt32LE(at + 4))
}

function options(bytes: Buffer): Options {
  const found = new Map<number, Buffer[]>()
  for (let at = 0; at < bytes.length; ) {
    const code = bytes.readUInt16LE(at)
    const length = bytes.readUInt16LE(at + 2)
    const end = at + 4 + Math.ceil(length / 4) * 4
    must(
      bytes.subarray(at + 4 + length, end).every(byte => byte === 0),
      'an option is not filled up with zeros',
    )
    if (code === 0) {
      must(length === 0 && end === bytes.length, 'something comes after the end of the options')
      return found
    }
    found.set(code, [...(found.get(code) ?? []), bytes.subarray(at + 4, at + 4 + length)])
    at = end
  }
  must(bytes.length === 0, 'the options do not end')
  return found
}

export function texts(found: Options, code: number): string[] {
  // Half a character is no UTF-8.
  return (found.get(code) ?? []).map(value => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value))
}

function must(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(`No pcapng: ${otherwise}.`)
}
