/** The glue of `grantflow-world`: JSON in, JSON out. `src/world/types.ts` says what the texts are. */

/** Loads the module, from an address or from bytes. */
export default function init(module: { module_or_path: URL | string | BufferSource }): Promise<unknown>

/** A world. What is thrown is a `Fault` as JSON; what is applied never throws. */
export class World {
  constructor(config: string)
  static replay(trace: string): World
  rewound(step: number): World
  /** An `Applied` without its view. */
  apply(input: string): string
  messages(): string
  view(): string
  trace(secrets: boolean): string
  mark(name: string): void
  free(): void
}

/** A list of `Attack`. */
export function attacks(): string
/** A `Report`; `without` is a list of ids. Throws a `Fault` as JSON. */
export function attack(id: string, without: string): string
/** A request and its answer without what is secret, `{request, response}` both ways. Throws a `Fault` as JSON. */
export function redacted(exchange: string): string
