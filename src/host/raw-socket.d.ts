/** The part of raw-socket 1.8 that handwave uses; the package publishes no types of its own. */
declare module 'raw-socket' {
  interface RawSocket {
    on(event: 'message', listener: (packet: Buffer, source: string) => void): this
    on(event: 'error', listener: (error: Error) => void): this
    on(event: 'close', listener: () => void): this
    getOption(level: number, option: number, value: Buffer, length: number): number
    setOption(level: number, option: number, value: number): void
    setOption(level: number, option: number, value: Buffer, length: number): void
    /** Sends from the loop's next turns on. Its callback runs no promise continuations. */
    send(
      packet: Buffer,
      offset: number,
      length: number,
      address: string,
      callback: (error: Error | null, bytes: number) => void,
    ): this
    close(): this
    /** What it reads into, and its own reading, which says by an error that there is nothing more. */
    readonly buffer: Buffer
    readonly wrap: { recv(buffer: Buffer, callback: (buffer: Buffer, bytes: number) => void): void }
  }
  const raw: {
    createSocket(options: { protocol: number; addressFamily?: number; bufferSize?: number }): RawSocket
  }
  export default raw
}
