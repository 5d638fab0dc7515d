//! The code for tokens, and the ID token that says whose they are.

use super::{Help, MetBy, Remedy, Stage};

pub(super) static ROWS: &[Help] = table! {
    grant_invalid All [Redeem => LoginAgain] at "RFC 6749 §5.2"
        "The server gives nothing for this code."
        [
            "The code was used before, or is too old: servers keep one for between 30 seconds and 10 minutes.",
            "`redirectUri` is not, letter by letter, the one that the code was sent to.",
            "The code is another client's, or was stolen: its verifier does not fit.",
        ]
        "Sign in again. If it happens every time, compare `redirectUri` and `clientId` with the registration.";
    client_rejected All [Redeem, Refresh => FixConfig] at "RFC 6749 §5.2"
        "The server does not take the client for what it says it is."
        [
            "The client is registered with a secret: an app in a browser has none, and must not.",
            "`clientId` is another's, or the registration is gone.",
        ]
        "Register the app as a public client (single-page app, `token_endpoint_auth_method` `none`).";
    rate_limited All [Register, Redeem, Refresh => Retry]
        "The server wants fewer requests (429)."
        ["Too many users behind one address, or an app in a loop."]
        "Wait: a refresh keeps to what the server says in `Retry-After` by itself.";
    token_response_malformed All [Redeem, Refresh => Report] at "RFC 6749 §5.1"
        "The answer of the token endpoint is neither tokens nor a refusal."
        [
            "Something before the server answered: a proxy, a firewall, an error page.",
            "It is not `application/json`, lacks `access_token`, or has a `scope` that was not granted.",
        ]
        "Look at the answer in the network panel, and tell whoever runs the server.";
    token_type_unknown All [Redeem, Refresh => Report] at "RFC 6749 §7.1"
        "The server gave a kind of access token that this client cannot use."
        ["`token_type` is not `Bearer`."]
        "Have the server give bearer tokens to this client.";
    id_token_missing All [Redeem => Report] at "OpenID Connect Core §3.1.3.3"
        "`openid` was asked for, and no ID token came."
        ["The server does OAuth without OpenID Connect, or the client is not registered for `openid`."]
        "Allow `openid` at the client's registration, or leave it out of `scope`: then nobody knows who the user is.";
    id_token_malformed All [Identity, Refresh => Report] at "RFC 7515 §5.2"
        "The ID token is no signed token that can be read."
        ["It is cut off, has a claim of another type than the specification says, or wants an extension (`crit`)."]
        "Tell whoever runs the server.";
    id_token_alg All [Identity => Report] at "RFC 8725 §3.1"
        "The ID token is signed with an algorithm that proves nothing here."
        [
            "`none`, or HS256: the client is registered for a signature with its secret.",
            "The server signs with another algorithm than its metadata says.",
        ]
        "Have the server sign this client's ID tokens with RS256, PS256, ES256 or EdDSA.";
    id_token_iss All [Identity, Refresh => Report] at "OpenID Connect Core §3.1.3.7"
        "The ID token is from another server."
        ["The server calls itself otherwise in tokens than in its metadata, as with one tenant for all."]
        "Use the `issuer` of the user's own tenant, or have the server name itself alike everywhere.";
    id_token_aud All [Identity, Refresh => Report] at "OpenID Connect Core §3.1.3.7"
        "The ID token is for another client, or for others besides this one."
        ["The server adds an API to `aud`, or the answer was another app's."]
        "Have the server put nothing but this client's id into `aud`.";
    id_token_azp All [Identity => Report] at "OpenID Connect Core §3.1.3.7"
        "The ID token was given to another client."
        ["The answer was another app's."]
        "Do not retry. Tell whoever runs the server.";
    id_token_sub All [Identity, Refresh => Report] at "OpenID Connect Core §2"
        "The ID token names no user, or after a refresh another one than before."
        ["The server is broken, or tokens of two users were mixed up."]
        "Do not go on with these tokens. Tell whoever runs the server.";
    id_token_expired All [Identity => Report; Identity => LoginAgain] at "OpenID Connect Core §3.1.3.7"
        "The ID token is past its end, or says none."
        [
            "The clock of the device is ahead, by more than a token lives.",
            "The answer is old.",
        ]
        "Sign in again; ask the user to set the clock of the device if it stays.";
    id_token_iat All [Identity => Report] at "OpenID Connect Core §3.1.3.7"
        "The ID token is from the future, by more than a minute, or does not say when it was made."
        ["The clock of the device is behind, or that of the server is ahead."]
        "Ask the user to set the clock of the device.";
    id_token_nonce All [Identity => Report; Identity => LoginAgain] at "OpenID Connect Core §3.1.3.7"
        "The ID token belongs to another login, or does not say to which."
        [
            "Somebody put a code of theirs into this login.",
            "The server does not send back the `nonce` that it is given.",
        ]
        "Sign in again. If it happens every time, have the server send `nonce` back.";
    id_token_auth_time All [Identity => Report; Identity => LoginAgain] at "OpenID Connect Core §3.1.3.7"
        "The user signed in at the server longer ago than `maxAge` allows, or the server does not say when."
        [
            "The server did not ask the user again.",
            "The server knows no `max_age`.",
        ]
        "Sign in again with `prompt: 'login'`, and have the server send `auth_time`.";
    id_token_at_hash All [Identity => Report] at "OpenID Connect Core §3.1.3.8"
        "The ID token belongs to another access token."
        ["Somebody exchanged one of the two, or the server computes `at_hash` wrongly."]
        "Do not retry. Tell whoever runs the server.";
    id_token_changed All [Refresh => Report] at "OpenID Connect Core §12.2"
        "After a refresh the ID token speaks of another login: its `auth_time`, `nonce` or `azp` is another."
        ["The server mixed up two sessions of the user, or makes these claims anew."]
        "Sign in again. If it happens every time, have the server keep these claims.";
    keys_unreachable All [Identity => LoginAgain] at "OpenID Connect Core §10.1.1"
        "The server's public keys could not be had."
        [
            "`jwks_uri` of its metadata leads nowhere, or the server stumbled.",
            "It lies on a host that does not let pages of this origin read it.",
        ]
        "Sign in again. If it happens every time, open the URL that the metadata has as `jwks_uri`.";
    keys_malformed All [Identity => Report] at "RFC 7517 §5"
        "What the server publishes as its keys is no set of keys."
        ["`jwks_uri` of its metadata leads to something else."]
        "Open the URL that the metadata has as `jwks_uri`, and tell whoever runs the server.";
    key_not_found All [Identity => Report] at "OpenID Connect Core §10.1.1"
        "The key that signed the ID token is not among those that the server publishes, not even after a second look."
        [
            "The server signs with a new key before it publishes it, or a cache keeps the old set.",
            "The token names no key, and there are many.",
            "Somebody else signed it.",
        ]
        "Have the server publish a key before it signs with it, and name it in `kid`.";
    id_token_signature All [Identity => Report] at "RFC 7515 §5.2"
        "The signature of the ID token is not the server's."
        [
            "Somebody changed the token, or signed it themselves.",
            "The server publishes another key under the same `kid`.",
        ]
        "Do not retry. Tell whoever runs the server.";
};
