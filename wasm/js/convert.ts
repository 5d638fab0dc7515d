/** Between the core's JSON and the host's values. */
import type { OutgoingRequest } from './public/index.js'

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

export function request({ url, body, fresh, proof }: { url: string; body: string; fresh: boolean; proof?: string | undefined }): OutgoingRequest {
  const accept = ['accept', 'application/json'] as const
  const get = { url, method: 'GET' as const, headers: [accept], fresh }
  if (!body) return get
  const form = ['content-type', 'application/x-www-form-urlencoded'] as const
  const proofs = proof === undefined ? [] : [['dpop', proof] as const]
  return { ...get, method: 'POST', headers: [accept, form, ...proofs], body: new TextEncoder().encode(body) }
}
