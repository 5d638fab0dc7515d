//! Every state there is, and every way from one to another, as data.
//!
//! [`TRANSITIONS`] is the whole table. The code does not run by it: the `match`es of the legs do what
//! is written there, and the tests hold each step that is taken against a row, and each row against
//! a step that is taken. What is observed is read from real values: [`Record::state`],
//! [`Swap::event`], [`Turn::state`] and their like. Whoever draws the machines has it all from here.
//!
//! What is not in the table changes nothing: it is refused, or answered as before.
//!
//! [`Record::state`]: crate::server::Record::state
//! [`Swap::event`]: crate::server::Swap::event
//! [`Turn::state`]: crate::client::Turn::state

use alloc::string::String;

pub use self::table::TRANSITIONS;

mod table;

/// One way from a state to the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transition {
    /// Whose states these are.
    pub machine: Machine,
    /// Where it begins.
    pub from: State,
    /// What happens.
    pub on: Event,
    /// Under which condition, in a sentence; of the ways that begin alike at most one applies.
    pub when: &'static str,
    /// Where it ends.
    pub to: State,
    /// What leaves once it is so.
    pub emits: Effect,
    /// The section that it is from, such as `RFC 6749 §4.1.2`.
    pub section: &'static str,
}

/// All of a transition but why: whose, from where, at what, to where, and what leaves.
pub type Step = (Machine, State, Event, State, Effect);

impl Transition {
    /// The row of a step that was taken; `None` if there is no such step.
    #[must_use]
    pub fn find(
        machine: Machine,
        (from, on, to): (State, Event, State),
        emits: Effect,
    ) -> Option<&'static Self> {
        let step = (machine, from, on, to, emits);
        TRANSITIONS.iter().find(|row| row.step() == step)
    }

    /// All of it but why, which tells it from every other.
    #[must_use]
    pub const fn step(&self) -> Step {
        (self.machine, self.from, self.on, self.to, self.emits)
    }

    /// Its name, for ever the same: the words of its step with dots between.
    #[must_use]
    pub fn id(&self) -> String {
        id(self.step())
    }
}

/// The name of a step, as [`Transition::id`] has it.
#[must_use]
pub fn id((machine, from, on, to, emits): Step) -> String {
    [machine.name(), from.name(), on.name(), to.name(), emits.name()].join(".")
}

/// Makes an enum whose variants have a name for programs and a sentence for people.
macro_rules! words {
    ($(#[$about:meta])* $type:ident { $($variant:ident $name:literal $meaning:literal)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum $type { $(#[doc = $meaning] $variant,)* }

        impl $type {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, for ever the same.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

words! {
    /// What has states.
    Machine {
        Interaction "interaction" "An app's request while a person answers it, sealed in pages at the server."
        Browser "browser" "Whether a browser's cookie says that somebody is signed in at the server."
        Grant "grant" "What a person agreed to: the code, then the family of tokens that it bought."
        Consent "consent" "What a person lets an app have without being asked again."
        Origin "origin" "Whether pages of an origin may read what the server answers to apps."
        Assertion "assertion" "A statement by which a client proves itself, or a proof of a key, good once."
        Client "client" "A registered app."
        Apps "apps" "The list of a developer's apps."
        Discovery "discovery" "How a client comes to know its server."
        Login "login" "One login, as the client sees it."
        Session "session" "A user who stays signed in at the client."
    }
}

impl Machine {
    /// Whether it is the client's; the others are the server's.
    #[must_use]
    pub const fn is_of_client(self) -> bool {
        matches!(self, Self::Discovery | Self::Login | Self::Session)
    }

    /// Where it begins.
    #[must_use]
    pub const fn start(self) -> State {
        if matches!(self, Self::Browser) { State::SignedOut } else { State::Absent }
    }
}

words! {
    /// Where a machine is.
    State {
        Absent "absent" "Nothing is there yet."
        Posted "posted" "Another site posted the request, and the browser is to come again with its cookies."
        SigningIn "signing_in" "The request waits for a person to sign in."
        Consenting "consenting" "The consent page is out."
        Approved "approved" "The app was sent a code."
        Denied "denied" "The app was told that the person said no."
        Refused "refused" "It ended with a no that is not the person's."
        SignedOut "signed_out" "Nobody is signed in."
        SignedIn "signed_in" "Somebody is signed in."
        Coded "coded" "A code is out, and not redeemed."
        Live "live" "The code was redeemed, or there was none; tokens live, in numbered generations."
        Expired "expired" "Seen to be too old; it never comes back."
        Replayed "replayed" "Spent twice, so it had leaked; it never comes back."
        Revoked "revoked" "Ended by the client or the person; it never comes back."
        Remembered "remembered" "The person said yes, and for a while is not asked again."
        Forgotten "forgotten" "The person said no since."
        Marked "marked" "Pages there may read, until the mark ends."
        Used "used" "Seen once; a second time it proves nothing."
        Registered "registered" "Known, until its registration ends."
        Removed "removed" "Known no longer, and all that it was granted died with it."
        Listed "listed" "The list is stored; it may be empty again."
        AwaitingMetadata "awaiting_metadata" "The server was asked what it says of itself."
        Ready "ready" "The server is known; logins can begin."
        AwaitingCallback "awaiting_callback" "The user is away at the server."
        Accepted "accepted" "The callback was believed, and a code is at hand."
        AwaitingSignature "awaiting_signature" "The request for tokens is to be signed."
        AwaitingProof "awaiting_proof" "The key that tokens are bound to is to be proved, with the request for them."
        AwaitingTokens "awaiting_tokens" "The code was sent."
        AwaitingKeys "awaiting_keys" "The server was asked for its keys."
        AwaitingVerdict "awaiting_verdict" "The host was asked whether a signature is good."
        Done "done" "Tokens are at hand, and whose they are is proved."
        Failed "failed" "It is over, and there is a reason."
        Active "active" "Nothing is under way."
        Refreshing "refreshing" "One refresh is under way, for all who want a token."
        InDoubt "in_doubt" "Nothing is under way, and nobody knows what came of a refresh."
    }
}

words! {
    /// What happens to a machine.
    Event {
        Authorize "authorize" "An app sends a person's browser with a request."
        Return "return" "The browser goes on with a request that waited."
        SignIn "sign_in" "The form of the login page comes."
        Approve "approve" "The person agrees, on the consent page or before."
        Deny "deny" "The person says no on the consent page."
        SignOut "sign_out" "The person is signed out."
        Expire "expire" "Time passes."
        Redeem "redeem" "A code comes to the token endpoint, with all that it needs."
        Refresh "refresh" "A refresh token comes to the token endpoint, with all that it needs."
        Credentials "credentials" "A client asks for a token for itself."
        Revoke "revoke" "A token is given back, or a host ends the grant."
        Prove "prove" "A client's statement, or the proof of a key, is good."
        Declare "declare" "The operator declares an app, when the host starts."
        Register "register" "An app registers over HTTP."
        Change "change" "An app changes its registration."
        Unregister "unregister" "An app removes its registration."
        Create "create" "A developer creates an app."
        Rotate "rotate" "A developer has the secret of an app made anew."
        Remove "remove" "A developer removes an app."
        Begin "begin" "The app begins it."
        Callback "callback" "The browser is back, with an answer to this login."
        BadCallback "bad_callback" "The browser is back, with what is no good answer to this login."
        Exchange "exchange" "The app asks for tokens."
        Signed "signed" "The signature is there."
        Nonce "nonce" "The server wants a nonce of its own in the proof of the key, and says which."
        Answer "answer" "The server answers well."
        BadAnswer "bad_answer" "The server's answer will not do."
        Good "good" "The signature is good."
        Bad "bad" "The signature is bad."
        Want "want" "A part of the app wants an access token."
        NotSent "not_sent" "The request never left."
        Lost "lost" "The request may have arrived, and no answer came."
        GiveBack "give_back" "The request is taken back before it is sent."
    }
}

words! {
    /// What leaves a machine with a step.
    Effect {
        Nothing "nothing" "Nothing; an answer without words counts as that."
        LoginPage "login_page" "The login page."
        ConsentPage "consent_page" "The consent page."
        AppPage "app_page" "A developer's page."
        Redirect "redirect" "The browser is sent on, to a page of the server's own."
        Leave "leave" "The browser is sent to the server, or by the server to where the app said."
        Code "code" "The browser goes back to the app with a code."
        Refusal "refusal" "An error, to whoever asked."
        Tokens "tokens" "Tokens."
        Information "information" "The registration as it is now, with a new secret if there is one."
        Proceed "proceed" "The same request goes on."
        Send "send" "A request to the server."
        Sign "sign" "Something to sign."
        Verify "verify" "A signature to verify."
        Use "use" "The access token that is at hand."
        Wait "wait" "Word to come again later."
        Ask "ask" "Word that the user must sign in."
        Error "error" "The reason, to the app."
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_step_is_in_the_table_once_and_is_found_there() {
        let mut seen = BTreeSet::new();
        for row in TRANSITIONS {
            let (machine, from, on, to, emits) = row.step();
            assert!(seen.insert(row.step()), "{row:?} is there twice");
            assert_eq!(Transition::find(machine, (from, on, to), emits), Some(row));
        }
        let never = (State::Replayed, Event::Redeem, State::Live);
        assert_eq!(Transition::find(Machine::Grant, never, Effect::Tokens), None);
    }

    #[test]
    fn every_word_is_used_and_every_state_can_be_reached() {
        let states = TRANSITIONS.iter().flat_map(|row| [row.from, row.to]).collect();
        assert_eq!(all(State::ALL), states);
        assert_eq!(all(Event::ALL), TRANSITIONS.iter().map(|row| row.on).collect());
        assert_eq!(all(Effect::ALL), TRANSITIONS.iter().map(|row| row.emits).collect());
        for machine in Machine::ALL {
            let rows = || TRANSITIONS.iter().filter(|row| row.machine == *machine);
            let mut reached: BTreeSet<_> = [machine.start()].into();
            for _ in rows() {
                let next = rows().filter(|row| reached.contains(&row.from)).map(|row| row.to);
                let next: BTreeSet<_> = next.collect();
                reached.extend(next);
            }
            assert!(rows().all(|row| reached.contains(&row.from)), "{machine:?}: {reached:?}");
        }
    }

    #[test]
    fn names_are_snake_case_and_differ() {
        let words = |names: &[&'static str]| {
            let set: BTreeSet<_> = names.iter().collect();
            assert_eq!(set.len(), names.len());
            let good = |name: &&&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(set.iter().all(good), "{set:?}");
        };
        words(&names(Machine::ALL, Machine::name));
        words(&names(State::ALL, State::name));
        words(&names(Event::ALL, Event::name));
        words(&names(Effect::ALL, Effect::name));
    }

    fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> alloc::vec::Vec<&'static str> {
        all.iter().map(|it| name(*it)).collect()
    }

    fn all<T: Copy + Ord>(words: &[T]) -> BTreeSet<T> {
        words.iter().copied().collect()
    }
}
