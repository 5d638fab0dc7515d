/** Signs in, and shows whose tasks there are. */
export async function start(createAuth) {
  const { issuer } = globalThis
  const auth = createAuth({ issuer, clientId: 'page' })
  const { error } = await auth.ready()
  if (error) throw error
  if (!auth.user) await auth.login()
  const tasks = await (await auth.fetch(`${issuer}/api/tasks`)).json()
  const shown = document.createElement('p')
  shown.id = 'shown'
  shown.textContent = `${auth.user?.claims.name} has ${tasks.length} tasks`
  document.body.append(shown)
}
