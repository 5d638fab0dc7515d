/**
 * What crosses between the shell and World: JSON, as the Rust types of `web-demo/world` write it. A `Message` here can be
 * drawn wherever one of `../trace.ts` can.
 */

import type { Page } from '../provider.ts';
import type { Fields, Message as Exchange } from '../trace.ts';

/** Who has a browser. */
export type Person = 'alice' | 'eve';

/**
 * Between whom messages go: the two browsers, the app's and the server's machines, and the attacker, who has a machine
 * (`evil`, the server, app and API at `https://evil.example`) and a hand (`attacker`, who sends what he likes). What goes to
 * an address where no machine is goes to `nobody`, and is lost.
 */
export type Actor = Person | 'app' | 'as' | 'evil' | 'attacker' | 'nobody';

/** A machine of `docs/states.json` and where it is now. */
export interface MachineState {
  /** `interaction`, `browser`, `grant`, `login`, ... */
  readonly machine: string;
  /** Whose: the browser of a login, the browser that is signed in, ... */
  readonly of: Actor;
  readonly state: string;
}

/** What the network has in its hands. */
export type Stage =
  /** The request is in flight; `response.status` is 0. */
  | 'request'
  /** It arrived, and whoever has it asks somebody else first: the app's machine, before it answers a browser. */
  | 'working'
  /** The answer is in flight: the request has had its effect, and who asked knows nothing yet. */
  | 'response'
  /** All of it arrived. */
  | 'done'
  /** The network lost one half: `response.status` is 0 if it was the request. */
  | 'lost';

/** One request and its answer, as they were last. */
export interface Message extends Exchange {
  readonly from: Actor;
  readonly to: Actor;
  readonly stage: Stage;
  /** The message that led to this one: a redirect, a page's form, a callback that was believed. */
  readonly after?: number;
  /** The message that the network made this one from. */
  readonly copy_of?: number;
  /** Which half the network changed. */
  readonly edited?: 'request' | 'response' | 'both';
  /** Whether the attacker can read it: it is his, or it leaked to him. */
  readonly seen: boolean;
  /** What the browser showed once the answer was there. */
  readonly view?: View;
  /** Who refused it, and why: an `error` of the wire, or a code of the client's `Error`. */
  readonly refused?: Refused;
  /** Where the machines are after it. */
  readonly states: readonly MachineState[];
  /** Ways taken in `docs/states.json`: `machine.from.on.to.emits`. */
  readonly transitions: readonly string[];
  /** How many inputs had been done when it last changed; the cursor of the inspector. */
  readonly step: number;
}

export interface Refused {
  readonly by: 'client' | 'server';
  readonly code: string;
  /** The server's `error_description`; where the client refused by itself, what happened. */
  readonly message: string;
}

/** What a browser shows: a page of the server's, of the app's, or plain text. */
export type View =
  | { readonly is: 'server'; readonly page: Page }
  | { readonly is: 'app'; readonly app: AppView }
  | { readonly is: 'text'; readonly text: string };

/** Taskmaster in one browser. */
export interface AppView {
  /** Who is signed in, as the app believes; its buttons are `sign_out`, `load_tasks` and `share_calendar`. */
  readonly user: { readonly issuer: string; readonly subject: string; readonly name: string } | null;
  /** With whom one can sign in; the button is `sign_in`. */
  readonly issuers: readonly string[];
  readonly tasks: readonly string[] | null;
  readonly problem: Refused | null;
}

/** One browser. */
export interface Browser {
  readonly who: Person;
  /** Empty before anything was opened. */
  readonly url: string;
  readonly view: View | null;
  readonly cookies: readonly { readonly origin: string; readonly name: string; readonly value: string }[];
  /** Logins that wait for their callback. */
  readonly pending: readonly { readonly issuer: string; readonly state: string }[];
}

/** What an input can be. */
export type Input =
  /** Somebody types an address, or follows a link of the attacker's (`{{7.code}}` as in `send`): `https://app.example/` opens the app. */
  | { readonly do: 'open'; readonly who: Person; readonly url: string }
  /** A button of the page that is shown. `sign_in`: with which server, and for which API, if not for all. */
  | { readonly do: 'press'; readonly who: Person; readonly button: Button; readonly issuer?: string; readonly resource?: string }
  /** The form of the login page. */
  | { readonly do: 'log_in'; readonly who: Person; readonly username: string; readonly password: string }
  /** The form of the consent page: what is ticked. */
  | { readonly do: 'approve'; readonly who: Person; readonly scopes: readonly string[] }
  | { readonly do: 'deny'; readonly who: Person }
  /** The network, for a message in flight. */
  | { readonly do: 'deliver'; readonly message: number }
  | { readonly do: 'drop'; readonly message: number }
  /** Sends the request of any message once more, as it was; whoever sent it first does not see the answer. */
  | { readonly do: 'duplicate'; readonly message: number }
  /** Changes the half that is in flight. */
  | { readonly do: 'edit'; readonly message: number; readonly edit: Edit }
  /** Lets the attacker read a message: a log, a history, another app on the phone. */
  | { readonly do: 'leak'; readonly message: number }
  /**
   * The attacker sends any request. `{{7.code}}` anywhere in it is the value `code` of message 7, which he must have seen:
   * a parameter of its URL, form, `Location` or JSON.
   */
  | { readonly do: 'send'; readonly request: SentRequest }
  /** The attacker writes an ID token, to be used as `{{forged.NAME}}`: signed with his server's key, or not at all. */
  | { readonly do: 'forge'; readonly name: string; readonly alg: 'EdDSA' | 'none'; readonly claims: string }
  /** His server answers so at a path from now on. */
  | { readonly do: 'serve'; readonly path: string; readonly answer: { readonly status: number; readonly headers: Fields; readonly body: string } }
  | { readonly do: 'wait'; readonly seconds: number }
  /** Whether messages are delivered at once (so it is at first) or wait for the network's hand. */
  | { readonly do: 'network'; readonly automatic: boolean }
  /** Requests to that actor and path wait for `deliver`, in automatic mode too; or no longer. */
  | { readonly do: 'hold'; readonly to: Actor; readonly path: string; readonly on: boolean };

/** `share_calendar` shows the token to an API of the attacker's; `go_on` is the link of the `leave` page. */
export type Button = 'sign_in' | 'sign_out' | 'load_tasks' | 'share_calendar' | 'go_on';

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Fields;
  readonly body: string;
}

/** What is left out stays as it is. `{{7.code}}` as in `send`. */
export interface Edit {
  readonly method?: string;
  readonly url?: string;
  readonly status?: number;
  readonly headers?: Fields;
  readonly body?: string;
}

/** What World is made with. */
export interface Config {
  /** Everything random comes from it. */
  readonly seed: string;
  readonly app: 'public' | 'confidential';
  /** Whether the app lets people sign in with `https://evil.example`, too. */
  readonly offers_evil?: boolean;
  /** Ids of what is taken away, from outside; see `Defence.how`. */
  readonly without?: readonly string[];
}

/** Everything but the messages. */
export interface WorldView {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How many inputs were done. */
  readonly step: number;
  readonly automatic: boolean;
  readonly browsers: readonly Browser[];
  readonly states: readonly MachineState[];
  /** SHA-256 over all that happened, in hex. */
  readonly digest: string;
}

/** What `apply` gives; after a fault nothing is changed. */
export type Applied =
  | { readonly ok: true; /** Those that are new or changed. */ readonly messages: readonly Message[]; readonly view: WorldView }
  | { readonly ok: false; readonly fault: Fault };

export interface Fault {
  /** `no_such_message`, `not_in_flight`, `no_such_page`, `not_seen`, `too_long`, `unknown_version`, ... */
  readonly code: string;
  readonly message: string;
}

/** What can be saved and shared; `docs/trace-format.md`. */
export interface Trace {
  readonly v: 1;
  /** The version of the core that made it. */
  readonly core: string;
  readonly seed: string;
  readonly config: Omit<Config, 'seed'>;
  readonly log: readonly Entry[];
  /** Names for places in the log. */
  readonly marks: readonly { readonly at: number; readonly name: string }[];
  /** Left out where secrets were, and the run with it would be another. */
  readonly expect?: { readonly digest: string };
  readonly redacted: boolean;
}

export interface Entry {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly actor: Person | 'attacker' | 'network' | 'clock';
  readonly input: Input;
}

/** A piece of what stands in an attack's way. */
export interface Defence {
  readonly id: string;
  readonly name: string;
  /** How it is taken away: always from outside, the core has no switch. */
  readonly how: string;
}

/** What the lab knows of an attack before it runs. */
export interface Attack {
  /** The row of the table. */
  readonly number: number;
  readonly id: string;
  readonly title: string;
  readonly story: readonly [string, string];
  /** Who is hurt. */
  readonly hurts: string;
  readonly actors: readonly Actor[];
  /** Where it runs; `live` ones have no `run` here. */
  readonly host: 'world' | 'live' | 'both';
  readonly defences: readonly Defence[];
  /** What the story takes as gone from the start. */
  readonly given: readonly string[];
  /** Smallest sets of defences without which it succeeds; with part of each in place it does not. */
  readonly falls_without: readonly (readonly string[])[];
  readonly sections: readonly Section[];
  /** Which line refuses, by the code of the verdict. */
  readonly stopped_by: readonly StoppedBy[];
  /** Of the model checker; `docs/security.md`. */
  readonly property?: string;
  /** In how many states of how many cases that held; only in `attacks.json` beside the page. */
  readonly looked?: { readonly states: number; readonly cases: number };
  /** Runs of World that end where that does not hold, as the model checker found them: `#world/model/` and the name. */
  readonly counterexamples?: readonly { readonly name: string; readonly without: readonly string[] }[];
  readonly test: { readonly file: string; readonly name: string };
}

export interface Section {
  /** `RFC 9700 §4.7`. */
  readonly name: string;
  readonly url: string;
}

export interface StoppedBy {
  readonly code: string;
  /** From the root of the repository. */
  readonly file: string;
  /** A piece of a line that occurs in the file once. */
  readonly marker: string;
  /** Its number when the demo was built; only in `attacks.json` beside the page. */
  readonly line?: number;
}

/** What a run came to. */
export interface Report {
  readonly id: string;
  /** Ids of the defences that were taken away. */
  readonly without: readonly string[];
  readonly steps: readonly {
    readonly who: Actor;
    readonly what: string;
    /** After how many inputs of the trace it is done; the trace has a mark there. Live has no such log. */
    readonly at?: number;
    readonly message?: number;
  }[];
  readonly verdict:
    | { readonly is: 'stopped'; readonly code: string; readonly by: 'client' | 'server'; readonly message: number }
    | { readonly is: 'succeeded'; /** What the attacker has now, in a sentence. */ readonly got: string };
  readonly trace: Trace;
}

/** A world at one place of its log. */
export interface Moment {
  readonly messages: readonly Message[];
  readonly view: WorldView;
}

/** A request and its answer, of whatever host. */
export type Both = Pick<Exchange, 'request' | 'response'>;

/** What the worker can be asked; each question is answered once, in order, and rejected with a `WorldFault` if it cannot be. */
export interface World {
  /** A new world in place of the one that was. */
  create(config: Config): Promise<WorldView>;
  apply(input: Input): Promise<Applied>;
  messages(): Promise<readonly Message[]>;
  view(): Promise<WorldView>;
  /** The world as it was after that many inputs, to look at: nothing changes. */
  peek(step: number): Promise<Moment>;
  /** The same to go on from: what came after is dropped, so keep its trace first. */
  rewind(step: number): Promise<WorldView>;
  /** Gives the present a name, which its trace keeps. */
  mark(name: string): Promise<void>;
  trace(secrets: boolean): Promise<Trace>;
  /** Plays a trace in place of the world that was; a `Fault` if it cannot be played or ends otherwise. */
  replay(trace: string): Promise<Applied>;
  /** As in `attacks.json` beside the page, which needs no worker and has the lines' numbers, too. */
  attacks(): Promise<readonly Attack[]>;
  /** Runs an attack in a world of its own. Its trace can be replayed to walk through it. */
  attack(id: string, without: readonly string[]): Promise<Report>;
  /** The same without what is secret; needs no world. `malformed` if it is too long to be judged. */
  redacted(exchange: Both): Promise<Both>;
}
