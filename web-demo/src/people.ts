/** Who can sign in to the demo. Everybody may read this. */

import type { User } from './provider.ts';

export const USERS: readonly User[] = [
  {
    subject: 'user-ada', username: 'ada', password: 'lovelace-1815',
    claims: { name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', preferred_username: 'ada', email: 'ada@taskmaster.example', email_verified: true },
  },
  {
    subject: 'user-grace', username: 'grace', password: 'hopper-1906',
    claims: { name: 'Grace Hopper', given_name: 'Grace', family_name: 'Hopper', preferred_username: 'grace', email: 'grace@taskmaster.example', email_verified: true },
  },
];
