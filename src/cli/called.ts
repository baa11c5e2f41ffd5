/** How a person calls handwave: a clone's sources by npm's script, an installed package by npx. */
export const CALLED = import.meta.url.endsWith('.ts') ? 'npm run -s handwave --' : 'npx handwave'
