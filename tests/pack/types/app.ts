import { createAuth, AuthError, type Auth } from 'grantflow'
import { configure, verify, type Turn } from 'grantflow/flow'
import * as js from 'grantflow/js'
import * as slim from 'grantflow/slim'
import { createTestServer, type TestServer } from 'grantflow/testing'

export const auth: Auth = createAuth({ issuer: 'https://as.example', clientId: 'app' })
export const same: Auth = slim.createAuth({ issuer: 'https://as.example', clientId: 'app' })
export const third: Auth = js.createAuth({ issuer: 'https://as.example', clientId: 'app' })
export const ready: Promise<void> = slim.useWasm(fetch('/grantflow.wasm'))
export const step = async (turn: Turn): Promise<Turn> => (turn.kind === 'verify' ? turn.answer(await verify(turn)) : turn)
export const isOurs = (thrown: unknown): boolean => thrown instanceof AuthError || thrown instanceof slim.AuthError
export const client = configure({ issuer: 'https://as.example', clientId: 'app', redirectUri: 'https://app.example/' })
export const server: TestServer = createTestServer({ users: [{ sub: 'ada', name: 'Ada' }] })
export const signedIn: Promise<Auth> = server.signedIn(createAuth, { user: 'ada' })
export const tested: Auth = slim.createAuth({ ...server.page, scope: 'openid' })
// @ts-expect-error a user has a name
createTestServer({ users: [{ name: 'Ada' }] })
// @ts-expect-error an app has an issuer
createAuth({ clientId: 'app' })
// @ts-expect-error a path is no file
slim.useWasm('/grantflow.wasm')
