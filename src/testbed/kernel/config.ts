import { HandwaveError } from '../../errors.ts'

/**
 * Kconfig drops silently what another option forbids. Gives those of the options asked for that are not in the final
 * configuration.
 */
export function droppedOptions(asked: string, final: string): string[] {
  const values = new Map(options(final))
  return options(asked)
    .filter(([name, value]) => (values.get(name) ?? 'n') !== value)
    .map(([name, value]) => `${name}=${value}`)
}

export function requireOptions(asked: string, final: string): void {
  const dropped = droppedOptions(asked, final)
  if (dropped.length === 0) return
  throw new HandwaveError(
    'KERNEL_CONFIG',
    `Linux's configuration dropped what the recipe asks for: ${dropped.join(', ')}.`,
    {
      hint: 'Another option forbids it or is needed for it: see the depends lines of Kconfig.',
    },
  )
}

function options(text: string): [name: string, value: string][] {
  return [...text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value])
}
