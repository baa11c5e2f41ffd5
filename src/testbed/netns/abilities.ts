import { runCommands } from '../../host/shell.ts'

/** Asked of the kernel itself, in a namespace that is gone when it has answered: whether it delays and loses. */
export async function hasNetem(): Promise<boolean> {
  const queues = 'tc qdisc add dev lo root handle 1: prio && tc qdisc add dev lo parent 1:1 netem delay 1ms'
  return await runCommands([{ program: 'unshare', args: ['--net', 'sh', '-c', queues] }]).then(
    () => true,
    () => false,
  )
}
