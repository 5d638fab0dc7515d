interface Named { readonly name: string }

/** A name that none has: neither the branch that is on nor one of the others. */
export const freshName = ({ name, branches }: Named & { readonly branches: readonly Named[] }): string => {
  const taken = new Set([name, ...branches.map((one) => one.name)]);
  let count = 1;
  while (taken.has(`branch ${count}`)) count += 1;
  return `branch ${count}`;
};
