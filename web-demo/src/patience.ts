/** How long something may take that happens at once or not at all, in milliseconds. */
const PATIENCE = 8000;

/** What a promise gives, or what `late` does if that takes too long. */
export const within = <T, U>(promise: Promise<T>, late: () => U): Promise<T | U> =>
  Promise.race([promise, new Promise<void>((resolve) => { setTimeout(resolve, PATIENCE); }).then(late)]);
