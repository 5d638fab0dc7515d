/** The words for every error: for whoever develops, and apart from what every user downloads. */
import type { AuthError } from './public/index.js'
import { WORDS } from './words.js'

export { WORDS as explanations } from './words.js'

export function explain(thrown: unknown): string {
  const told = isOurs(thrown) ? full(thrown) : String(thrown)
  const cause = thrown instanceof Error ? thrown.cause : undefined
  return cause === undefined ? told : `${told}\nCaused by: ${explain(cause)}`
}

/** By its words, for each entry of the package may have a class of its own. */
function isOurs(thrown: unknown): thrown is AuthError {
  return thrown instanceof Error && thrown.name === 'AuthError' && Object.hasOwn(WORDS, (thrown as AuthError).code)
}

function full({ code, stage, remedy, subject, oauth }: AuthError): string {
  const { happened, why, fix, section } = WORDS[code]
  const lines = [`${code}${subject === undefined ? '' : ` (${subject})`}: ${happened}`, `Stage ${stage}, remedy ${remedy}.`]
  if (oauth) lines.push(`The server says: ${oauth.error}${oauth.description === undefined ? '' : ` (${oauth.description})`}`)
  lines.push('Why, as a rule:', ...why.map((reason) => `- ${reason}`), `Do this: ${fix}`)
  if (section) lines.push(`${section.name}: ${section.url}`)
  return lines.join('\n')
}
