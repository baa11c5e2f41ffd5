/** Which of the settings an engine did not take, if that is what it says: the words are those of what starts its containers. */
export function findRefused(said: string, sysctls: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(sysctls).find(name => {
    const path = `/proc/sys/${name.replaceAll('.', '/')}`
    return [`${path}:`, `'${path}'`, `${path} `, `sysctl "${name}"`].some(words => said.includes(words))
  })
}
