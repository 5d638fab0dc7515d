import * as flow from 'grantflow/flow'
import { connection } from 'next/server'
import { login } from '../login.cjs'

export default async function Page() {
  await connection()
  return <pre id="shown">{JSON.stringify(await login(flow, process.env.ISSUER))}</pre>
}
