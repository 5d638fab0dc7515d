//! Before anybody signs in: the configuration, the browser, the server, the registration.

use super::{Help, MetBy, Remedy, Stage};

pub(super) static ROWS: &[Help] = table! {
    config_invalid All [Configure => FixConfig]
        "An option, or an argument, is nothing that can work; `subject` names it."
        [
            "`issuer` or `redirectUri` is no absolute `https` URL; `http` is for localhost only.",
            "`clientId` is empty, or `scope`, `prompt`, `maxAge` or the time is not what the protocol knows.",
            "`relay_uri`: a window or a frame was asked for, and there is no page for it to come back to.",
            "`useWasm`: `grantflow/slim` was used before the wasm was there, or what was given is none.",
        ]
        "Correct what `subject` names. Copy `issuer` letter by letter from the server's own metadata.";
    insecure_context Npm [Configure => FixConfig]
        "The browser offers this page no `crypto.subtle`, and so nobody can verify a signature."
        [
            "The page came over `http` from another machine: browsers do cryptography on `https` and localhost only.",
            "A test environment or an old runtime without WebCrypto.",
        ]
        "Serve the page over `https`, or from localhost while you develop. Where there really is no WebCrypto, \
         verify with another library and give it as `effects.verify`.";
    wasm_blocked Npm [Configure => FixConfig]
        "The page may not run WebAssembly."
        [
            "Its Content Security Policy has a `script-src` without `'wasm-unsafe-eval'`.",
            "The browser has WebAssembly switched off, as some do in a lockdown mode.",
        ]
        "Add `'wasm-unsafe-eval'` to `script-src`, or import from `grantflow/js`: the same, in JavaScript.";
    no_randomness Npm [Authorize => FixConfig]
        "The 32 random bytes that keep a login apart from all others could not be had."
        [
            "`effects.random` throws, or gives another number of bytes, or nothing but zeros.",
            "The runtime has no `crypto.getRandomValues`.",
        ]
        "Leave `effects.random` out, so that the platform is asked. In a test, give 32 bytes that are not all zero.";
    already_used Npm [Callback => Report]
        "A step of a login was taken a second time."
        ["`answer` was called twice on one turn of `grantflow/flow`, or on a turn that is not the last."]
        "Call `answer` once, on the turn that came last. If what it gave is lost, begin a new login.";
    internal Npm [Configure => Report]
        "Something threw that should not have."
        [
            "A function of the app's own, in `effects`, threw.",
            "There is a bug in grantflow.",
        ]
        "Look at `cause`. If it is not from your own code, report it with what `cause` says.";
    discovery_unreachable All [Discover => Retry] at "OpenID Connect Discovery §4.1"
        "The server's metadata could not be had; `subject`, if there is one, is the URL that gave no answer."
        [
            "There is no network, or the name in `issuer` is wrong.",
            "The server does not let pages of this origin read its metadata: it sends no `Access-Control-Allow-Origin`.",
            "`connect-src` of the page's Content Security Policy does not name the server.",
            "The answer was no 200: the path of `issuer` is wrong, the answer is a redirect, or the server stumbles.",
        ]
        "Open `issuer` with `/.well-known/openid-configuration` after it in a browser. If that works, the console of \
         the page says which of CORS and the policy stands in the way.";
    discovery_not_json All [Discover => FixConfig] at "OpenID Connect Discovery §4.2"
        "What came in place of the server's metadata is no JSON that can be read."
        [
            "Some other server answers every URL with its page: the host or the path of `issuer` is wrong.",
            "It is longer than 64 KiB, or says a member twice.",
        ]
        "Open `issuer` with `/.well-known/openid-configuration` after it in a browser, and correct `issuer`.";
    metadata_missing All [Discover, Identity => FixConfig] at "OpenID Connect Discovery §3"
        "The server's metadata lacks a member without which nobody can sign in: `subject`, or else `jwks_uri`."
        [
            "The server is not fully set up.",
            "It does OAuth without OpenID Connect, and `openid` was asked for.",
        ]
        "Have the server publish the member, or leave `openid` out of `scope` if it does no OpenID Connect.";
    metadata_invalid All [Discover => FixConfig] at "OpenID Connect Discovery §3"
        "A member of the server's metadata cannot be used; `subject` names it."
        [
            "An endpoint is no `https` URL: behind a proxy, servers often take themselves for `http`.",
            "The member is of another type than the specification says.",
        ]
        "Tell the server its public URL, or have it correct the member.";
    issuer_mismatch All [Discover => FixConfig] at "OpenID Connect Discovery §4.3"
        "The server calls itself otherwise than `issuer` does; `subject` is what it calls itself."
        [
            "A slash at the end is too much or too little.",
            "The tenant or realm in the path is missing, or is a placeholder.",
            "The server stands behind a proxy and does not know its public URL.",
        ]
        "If it is the server that you mean, copy `subject` to `issuer`, letter by letter. If it is not, somebody is \
         in between: do not.";
    unsupported All [Discover, Identity => FixConfig] at "RFC 8414 §2"
        "The server does not do something that this client does not go without; `subject` is the member that says so."
        [
            "`response_types_supported` has no `code`.",
            "`code_challenge_methods_supported` has no `S256`.",
            "`id_token_signing_alg_values_supported` has none of RS256, PS256, ES256 and EdDSA.",
            "`dpop_signing_alg_values_supported` has no ES256, and `dpop` is `require`.",
            "`id_token_encrypted_response_alg`: the client is registered for encrypted ID tokens.",
        ]
        "Switch it on at the server, or at the client's registration there.";
    redirect_uri_rejected Rust [Register => FixConfig] at "RFC 7591 §3.2.2"
        "The server registers no client with one of these redirect URIs."
        ["A URI is not `https`, has a fragment, or is of a kind that the server does not take."]
        "Look at the server's words, and register other URIs.";
    client_metadata_rejected Rust [Register => FixConfig] at "RFC 7591 §3.2.2"
        "The server does not take something that the client says of itself."
        ["A grant type, a scope, an algorithm or a method of authentication is not one that the server does."]
        "Look at the server's words, and compare with its metadata.";
    registration_changed Rust [Register => FixConfig] at "RFC 7591 §3.2.1"
        "The server registered something else than it was asked for; `subject` names the member."
        ["The server has a policy of its own, such as which scopes or grant types new clients have."]
        "Ask for what the server gives, or change its policy. The registration is there: read it, or remove it.";
    registration_malformed Rust [Register => Report] at "RFC 7591 §3.2.1"
        "The server's answer to a registration is neither a registration nor a refusal."
        ["Something before the server answered: a proxy, a firewall, an error page."]
        "Look at the answer, and tell whoever runs the server.";
};
