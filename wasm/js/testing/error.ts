import type { TestServerError as Typed } from '../public/testing.js'

export class TestServerError extends Error implements Typed {
  override readonly name = 'TestServerError'
  readonly code: Typed['code']

  constructor(code: Typed['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
