// A whole login as a unit test of an app has it: against the server in memory, without a network.

/** Signs in, asks the API, and lets the session end. */
exports.inMemory = async function inMemory({ createAuth }, { createTestServer }) {
  const server = createTestServer({ users: [{ sub: 'ada', name: 'Ada' }] });
  const auth = await server.signedIn(createAuth);
  const answer = await auth.fetch('/api');
  const { sub } = await answer.json();
  const { name } = auth.user.claims;
  await server.advance(3601);
  return { sub, name, then: auth.snapshot.why };
};
