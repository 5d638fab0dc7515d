//! The table. Rows of a machine are in the order in which things happen.

use super::{Effect, Event, Machine, State, Transition};

macro_rules! table {
    ($($machine:ident {$(
        $from:ident, $on:ident => $to:ident, $emits:ident, $section:literal $when:literal;
    )*})*) => {
        &[$($(Transition {
            machine: Machine::$machine,
            from: State::$from,
            on: Event::$on,
            when: $when,
            to: State::$to,
            emits: Effect::$emits,
            section: $section,
        },)*)*]
    };
}

/// Every way from one state to another, machine by machine.
pub const TRANSITIONS: &[Transition] = table! {
    Interaction {
        Absent, Authorize => Posted, Redirect, "OpenID Connect Core §3.1.2.1"
            "Another site posted it, so that the browser kept its cookies back.";
        Absent, Authorize => SigningIn, LoginPage, "OpenID Connect Core §3.1.2.3"
            "Nobody is signed in, or not whom the app asks for, or too long ago.";
        Absent, Authorize => Consenting, ConsentPage, "OpenID Connect Core §3.1.2.4"
            "Somebody is signed in, and is to be asked.";
        Absent, Authorize => Approved, Code, "RFC 6749 §4.1.2"
            "All of it was agreed to before.";
        Absent, Authorize => Refused, Refusal, "RFC 6749 §4.1.2.1"
            "The app and its address are good, and something else is not.";
        Posted, Return => SigningIn, LoginPage, "OpenID Connect Core §3.1.2.3"
            "As with a request that came by itself.";
        Posted, Return => Consenting, ConsentPage, "OpenID Connect Core §3.1.2.4"
            "As with a request that came by itself.";
        Posted, Return => Approved, Code, "RFC 6749 §4.1.2"
            "As with a request that came by itself.";
        Posted, Return => Refused, Refusal, "OpenID Connect Core §3.1.2.6"
            "No page may be shown and one is needed, or the store cannot be asked.";
        SigningIn, SignIn => SigningIn, LoginPage, "OpenID Connect Core §3.1.2.3"
            "The directory says no, or the page was open too long.";
        SigningIn, SignIn => SigningIn, Redirect, "OpenID Connect Core §3.1.2.3"
            "The directory says yes, and the browser goes on with its cookie.";
        SigningIn, Return => SigningIn, LoginPage, "OpenID Connect Core §3.1.2.3"
            "The browser did not keep the cookie, or the login is too old by now.";
        SigningIn, Return => Consenting, ConsentPage, "OpenID Connect Core §3.1.2.4"
            "Whom the app asks for is signed in, and is to be asked.";
        SigningIn, Return => Approved, Code, "RFC 6749 §4.1.2"
            "Whom the app asks for is signed in, and agreed to all of it before.";
        SigningIn, Return => Refused, Refusal, "OpenID Connect Core §3.1.2.2"
            "Who is signed in is not whom the app asks for, or the store cannot be asked.";
        Consenting, Approve => Approved, Code, "RFC 6749 §4.1.2"
            "Something is ticked. The same page gives the same grant again until its code is redeemed.";
        Consenting, Approve => Denied, Refusal, "RFC 6749 §4.1.2.1"
            "Nothing is ticked.";
        Consenting, Approve => Refused, Refusal, "RFC 6749 §4.1.2.1"
            "The store cannot be asked.";
        Consenting, Deny => Denied, Refusal, "RFC 6749 §4.1.2.1"
            "Always.";
        Consenting, Deny => Refused, Refusal, "RFC 6749 §4.1.2.1"
            "The store cannot be asked.";
    }
    Browser {
        SignedOut, SignIn => SignedIn, Redirect, "OpenID Connect Core §3.1.2.3"
            "The directory says yes.";
        SignedIn, SignIn => SignedIn, Redirect, "OpenID Connect Core §3.1.2.3"
            "The directory says yes, again or to somebody else.";
        SignedIn, SignOut => SignedOut, Leave, "RP-Initiated Logout §2"
            "By the person's click, or with an ID token of theirs.";
        SignedIn, Expire => SignedOut, Nothing, "OpenID Connect Core §3.1.2.3"
            "The login is older than the policy allows.";
    }
    Grant {
        Absent, Approve => Coded, Code, "RFC 6749 §4.1.2"
            "Always: one page gives one grant.";
        Absent, Credentials => Live, Tokens, "RFC 6749 §4.4.3"
            "The client is trusted and may.";
        Coded, Redeem => Live, Tokens, "RFC 6749 §4.1.4"
            "The code is not too old.";
        Coded, Redeem => Expired, Refusal, "RFC 6749 §4.1.2"
            "The code is too old.";
        Coded, Revoke => Revoked, Nothing, "RFC 7009 §2.1"
            "A host ends it; no client has a token of it to give back.";
        Live, Redeem => Replayed, Refusal, "RFC 6749 §4.1.2"
            "Another request redeemed the code before.";
        Live, Refresh => Live, Tokens, "RFC 6749 §6"
            "The token is of the newest generation: the next one is made.";
        Live, Refresh => Replayed, Refusal, "RFC 9700 §4.14.2"
            "The token was spent before, and not just now.";
        Live, Refresh => Expired, Refusal, "RFC 9700 §4.14.2"
            "The grant is past its lifetime, which refreshing does not prolong.";
        Live, Revoke => Revoked, Nothing, "RFC 7009 §2.1"
            "Always.";
    }
    Consent {
        Absent, Approve => Remembered, Code, "OpenID Connect Core §3.1.2.4"
            "Somebody vouches for the app, and nobody else can answer for it.";
        Remembered, Approve => Remembered, Code, "OpenID Connect Core §3.1.2.4"
            "As before, and what was agreed to is other than what is remembered.";
        Forgotten, Approve => Remembered, Code, "OpenID Connect Core §3.1.2.4"
            "As before.";
        Remembered, Deny => Forgotten, Refusal, "OpenID Connect Core §3.1.2.4"
            "Always.";
    }
    Origin {
        Absent, Declare => Marked, Nothing, "RFC 9700 §2.6"
            "For ever.";
        Marked, Declare => Marked, Nothing, "RFC 9700 §2.6"
            "For ever.";
        Absent, Approve => Marked, Code, "RFC 9700 §2.6"
            "Until after the tokens that the code can buy.";
        Marked, Approve => Marked, Code, "RFC 9700 §2.6"
            "Half of the mark's life is gone.";
    }
    Assertion {
        Absent, Prove => Used, Proceed, "RFC 7523 §3"
            "Always.";
    }
    Client {
        Absent, Declare => Registered, Nothing, "RFC 6749 §2.1"
            "What is declared makes a client.";
        Registered, Declare => Registered, Nothing, "RFC 6749 §2.1"
            "What is declared makes a client.";
        Absent, Register => Registered, Information, "RFC 7591 §3.2.1"
            "Who asks may register, and what it says makes a client.";
        Registered, Change => Registered, Information, "RFC 7592 §2.2"
            "What it says makes a client, and is of this one.";
        Registered, Unregister => Removed, Nothing, "RFC 7592 §2.3"
            "Always.";
        Absent, Create => Registered, AppPage, "RFC 6749 §2.1"
            "It is on the developer's list.";
        Registered, Rotate => Registered, AppPage, "RFC 6749 §2.3.1"
            "It is on the developer's list, and has a secret, which is good no longer.";
        Registered, Remove => Removed, Proceed, "RFC 6749 §2.1"
            "It is on the developer's list, and goes from there next.";
    }
    Apps {
        Absent, Create => Listed, Proceed, "RFC 6749 §2.1"
            "It is listed before it is stored.";
        Listed, Create => Listed, Proceed, "RFC 6749 §2.1"
            "The list is not full.";
        Listed, Remove => Listed, Redirect, "RFC 6749 §2.1"
            "The app is on the list.";
    }
    Discovery {
        Absent, Begin => AwaitingMetadata, Send, "RFC 8414 §3.1"
            "Always.";
        AwaitingMetadata, Answer => Ready, Nothing, "RFC 8414 §3.2"
            "The metadata is the server's, and enough.";
        AwaitingMetadata, BadAnswer => Failed, Error, "RFC 8414 §3.3"
            "It is another server's, or will not do.";
    }
    Login {
        Absent, Begin => AwaitingCallback, Leave, "RFC 6749 §4.1.1"
            "Always.";
        AwaitingCallback, BadCallback => AwaitingCallback, Error, "RFC 6749 §10.12"
            "It cannot be read, or its `state` is not this login's, or another client began it.";
        AwaitingCallback, BadCallback => Failed, Error, "RFC 9207 §2.4"
            "`state` is right, and it is too late, from another server, or a refusal.";
        AwaitingCallback, Callback => Accepted, Nothing, "RFC 6749 §4.1.2"
            "`state`, age and `iss` are right.";
        Accepted, Exchange => AwaitingTokens, Send, "RFC 6749 §4.1.3"
            "The client has a secret, or nothing, and tokens are bound to no key.";
        Accepted, Exchange => AwaitingSignature, Sign, "OpenID Connect Core §9"
            "The client has a key.";
        Accepted, Exchange => AwaitingProof, Sign, "RFC 9449 §5"
            "The client has a secret, or nothing, and tokens are bound to a key.";
        AwaitingSignature, Signed => AwaitingTokens, Send, "RFC 7523 §2.2"
            "Tokens are bound to no key.";
        AwaitingSignature, Signed => AwaitingProof, Sign, "RFC 9449 §5"
            "Tokens are bound to a key.";
        AwaitingProof, Signed => AwaitingTokens, Send, "RFC 9449 §4.1"
            "Always.";
        AwaitingTokens, Nonce => AwaitingProof, Sign, "RFC 9449 §8"
            "It is the first time, and the client has a secret, or nothing.";
        AwaitingTokens, Nonce => AwaitingSignature, Sign, "RFC 9449 §8"
            "It is the first time, and the client has a key.";
        AwaitingTokens, Answer => Done, Tokens, "RFC 6749 §5.1"
            "`openid` was not asked for.";
        AwaitingTokens, Answer => AwaitingVerdict, Verify, "OpenID Connect Core §3.1.3.7"
            "The claims are right, and the key is at hand.";
        AwaitingTokens, Answer => AwaitingKeys, Send, "OpenID Connect Core §10.1.1"
            "The claims are right, and the key is not at hand.";
        AwaitingTokens, BadAnswer => Failed, Error, "OpenID Connect Core §3.1.3.5"
            "A refusal, or no set of tokens, or the claims are wrong.";
        AwaitingKeys, Answer => AwaitingVerdict, Verify, "OpenID Connect Core §3.1.3.7"
            "The key is there.";
        AwaitingKeys, Answer => AwaitingKeys, Send, "OpenID Connect Core §10.1.1"
            "The key is not there, and nobody has looked again lately.";
        AwaitingKeys, BadAnswer => Failed, Error, "OpenID Connect Core §10.1.1"
            "The key is not there, or too many are, or these are no keys.";
        AwaitingVerdict, Good => Done, Tokens, "OpenID Connect Core §3.1.3.7"
            "Always.";
        AwaitingVerdict, Bad => AwaitingVerdict, Verify, "OpenID Connect Core §10.1"
            "The signature names no key, and another may be the one.";
        AwaitingVerdict, Bad => Failed, Error, "OpenID Connect Core §3.1.3.7"
            "No other key can be the one.";
    }
    Session {
        Absent, Begin => Active, Nothing, "RFC 6749 §5.1"
            "A login has brought tokens.";
        Active, Want => Refreshing, Send, "RFC 6749 §6"
            "The token is too old or refused, there is a refresh token, and the server need not rest.";
        Active, Want => Expired, Ask, "RFC 6749 §6"
            "The token is too old or refused, and there is no refresh token.";
        Active, Answer => Active, Tokens, "RFC 6749 §6"
            "A late answer, newer than what is at hand.";
        Refreshing, Want => Refreshing, Send, "RFC 9700 §4.14.2"
            "Who asked has not come back, the token will not do, and the server need not rest.";
        Refreshing, Want => InDoubt, Use, "RFC 9700 §4.14.2"
            "Who asked has not come back, and the token will do, or lives while the server rests.";
        Refreshing, Want => InDoubt, Wait, "RFC 9700 §4.14.2"
            "Who asked has not come back, the token is dead, and the server rests.";
        Refreshing, Answer => Active, Tokens, "RFC 6749 §6"
            "They are newer than what is at hand.";
        Refreshing, BadAnswer => Active, Error, "RFC 6749 §5.2"
            "The server did nothing with the request: it is busy.";
        Refreshing, BadAnswer => InDoubt, Error, "RFC 9700 §4.14.2"
            "The server fell over, or is busy while an earlier answer is in doubt.";
        Refreshing, BadAnswer => Refused, Error, "RFC 6749 §5.2"
            "The server says that it is over, or the tokens are another user's.";
        Refreshing, NotSent => Active, Error, "RFC 6749 §6"
            "No earlier answer is in doubt.";
        Refreshing, NotSent => InDoubt, Error, "RFC 9700 §4.14.2"
            "An earlier answer is in doubt.";
        Refreshing, Lost => InDoubt, Error, "RFC 9700 §4.14.2"
            "Always.";
        Refreshing, GiveBack => Active, Nothing, "RFC 6749 §6"
            "No earlier answer is in doubt.";
        Refreshing, GiveBack => InDoubt, Nothing, "RFC 9700 §4.14.2"
            "An earlier answer is in doubt.";
        InDoubt, Want => Refreshing, Send, "RFC 9700 §4.14.2"
            "The token is too old or refused, and the server need not rest.";
        InDoubt, Answer => Active, Tokens, "RFC 6749 §6"
            "A late answer, newer than what is at hand.";
    }
};
