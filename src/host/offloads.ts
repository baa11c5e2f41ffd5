import koffi from 'koffi'
import { HandwaveError } from '../errors.ts'
import { errno, libc } from './libc.ts'

/**
 * A veth that may hands on merged segments with half a checksum: neither is what a wire carries. Without checksums of the
 * device's own Linux merges nothing for it on its way out (netdev_fix_features, net/core/dev.c); on its way in GRO would.
 * The same as `ethtool -K <device> tx off gro off`, without a program to start.
 */
export function turnOffOffloads(device: string): void {
  const socket = libc('int socket(int domain, int type, int protocol)') as Socket
  const close = libc('int close(int fd)') as Close
  const fd = checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), device)
  try {
    for (const command of [ETHTOOL_STXCSUM, ETHTOOL_SGRO]) turnOff(fd, device, command)
  } finally {
    close(fd)
  }
}

/** netdevice(7): a struct ifreq with the device's name and a pointer, here to a struct ethtool_value. */
function turnOff(fd: number, device: string, command: number): void {
  const ioctl = libc('int ioctl(int fd, unsigned long request, void *argument)') as Ioctl
  const value = Buffer.alloc(8)
  value.writeUInt32LE(command, 0)
  const request = Buffer.alloc(IFREQ_BYTES)
  request.write(device, 0, IFNAMSIZ - 1, 'latin1')
  request.writeBigUInt64LE(koffi.address(value), IFNAMSIZ)
  checked(ioctl(fd, SIOCETHTOOL, request), device)
}

type Socket = (domain: number, type: number, protocol: number) => number
type Close = (fd: number) => number
type Ioctl = (fd: number, request: number, argument: Buffer) => number

const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const IFNAMSIZ = 16
const IFREQ_BYTES = 40
/** linux/sockios.h, linux/ethtool.h */
const SIOCETHTOOL = 0x8946
const ETHTOOL_STXCSUM = 0x17
const ETHTOOL_SGRO = 0x2c

function checked(result: number, device: string): number {
  if (result >= 0) return result
  throw new HandwaveError('OFFLOADS', `The offloads of ${device} cannot be turned off (errno ${errno()}).`)
}
