import { expect, it } from 'vitest'
import { placeSysctls } from '../../../src/testbed/docker/device-sysctls.ts'

const SYSCTLS = {
  'net.ipv4.tcp_sack': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.eth0.rp_filter': '0',
  'net.ipv4.conf.eth0.send_redirects': '0',
}

it.each(['1.41', '1.45'])(
  "an engine of API %s is told an interface's settings with the container's others",
  version => {
    expect(placeSysctls(SYSCTLS, version)).toEqual({ container: SYSCTLS, endpoint: {} })
  },
)

it.each(['1.46', '1.100', '2.0'])('one of API %s is told them with the interface', version => {
  expect(placeSysctls(SYSCTLS, version)).toEqual({
    container: { 'net.ipv4.tcp_sack': '1', 'net.ipv4.conf.all.rp_filter': '0' },
    endpoint: {
      'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.rp_filter=0,net.ipv4.conf.IFNAME.send_redirects=0',
    },
  })
})
