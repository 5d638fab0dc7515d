/** Everything, with the core as JavaScript. */
export * from './index.js'
export * from './flow.js'
