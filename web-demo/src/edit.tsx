/** A form to change a message before it is sent once more. */

import type { VNode } from 'preact';

import type { Change } from './resend.ts';
import type { Message } from './trace.ts';

interface EditProps {
  readonly message: Message;
  /** Why it was not sent. */
  readonly fault: string;
  go(change: Change): void;
  stop(): void;
}

export const Edit = ({ message: { request }, fault, go, stop }: EditProps): VNode => {
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    go({ url: String(data.get('url')), body: String(data.get('body') ?? '') });
  };
  const told = fault === '' ? {} : { 'aria-invalid': true, 'aria-describedby': 'edit-fault' };
  return (
    <form class="stack" id="edit-message" onSubmit={send}>
      <div class="field"><label for="edit-url">Address</label><textarea id="edit-url" name="url" class="mono" rows={3} spellcheck={false} autofocus defaultValue={request.url} {...told}></textarea></div>
      {request.method !== 'GET' && <div class="field"><label for="edit-body">Body</label><textarea id="edit-body" name="body" class="mono" rows={3} spellcheck={false} defaultValue={request.body}></textarea></div>}
      {fault !== '' && <div class="note bad" role="alert" id="edit-fault"><p>{fault}</p></div>}
      <div class="row"><button type="submit" class="button small strong">Change it and send it</button><button type="button" class="button small" onClick={stop}>Leave it</button></div>
    </form>
  );
};
