/** What the entries that are required have in common. */
export * from './error.js'
export * from './load.js'
