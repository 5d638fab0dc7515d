/** A form to change a message before it goes on. */

import type { VNode } from 'preact';

/** What is changed: the address, and the body where there is one. */
export interface Change { readonly url: string; readonly body: string }

interface EditProps {
  readonly request: { readonly method: string; readonly url: string; readonly body: string };
  /** What the button says. */
  readonly press: string;
  /** Why it cannot go on like that. */
  readonly problem: string;
  go(change: Change): void;
  stop(): void;
}

export const Edit = ({ request: { method, url, body }, press, problem, go, stop }: EditProps): VNode => {
  const isWrong = problem !== '';
  const change = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    go({ url: String(data.get('url')), body: String(data.get('body') ?? '') });
  };
  return (
    <form class="stack" id="edit-message" onSubmit={change}>
      <div class="field"><label for="edit-url">Address</label><textarea id="edit-url" name="url" class="mono" rows={3} spellcheck={false} autofocus aria-invalid={isWrong} aria-describedby={isWrong ? 'edit-problem' : undefined} defaultValue={url}></textarea>{isWrong && <p class="problem" id="edit-problem" role="alert">{problem}</p>}</div>
      {method !== 'GET' && <div class="field"><label for="edit-body">Body</label><textarea id="edit-body" name="body" class="mono" rows={3} spellcheck={false} defaultValue={body}></textarea></div>}
      <div class="row"><button type="submit" class="button small strong">{press}</button><button type="button" class="button small" onClick={stop}>Leave it</button></div>
    </form>
  );
};
