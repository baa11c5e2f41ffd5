/** The part of raw-socket 1.8 that handwave uses; the package publishes no types of its own. */
declare module 'raw-socket' {
  interface RawSocket {
    on(event: 'message', listener: (packet: Buffer, source: string) => void): this
    on(event: 'error', listener: (error: Error) => void): this
    on(event: 'close', listener: () => void): this
    getOption(level: number, option: number, value: Buffer, length: number): number
    setOption(level: number, option: number, value: number): void
    setOption(level: number, option: number, value: Buffer, length: number): void
    close(): this
  }
  const raw: {
    createSocket(options: { protocol: number; addressFamily?: number; bufferSize?: number }): RawSocket
    Protocol: { TCP: number }
  }
  export default raw
}
