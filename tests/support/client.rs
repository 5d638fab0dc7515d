//! The host of a client under test: it sends what is to be sent, signs and verifies.

use std::sync::atomic::{AtomicU64, Ordering};

use grantflow::client::{Error, KnownKeys, Outgoing, PrivateKey, Tokens, Turn};
use grantflow::entropy::Entropy;
use grantflow::time::UnixTime;
use grantflow::wire::http::{Request, Response};

use crate::keys::{Owner, is_signed_under};

/// Finishes a login over `send`.
///
/// # Errors
///
/// The client's, at whatever it did not like.
pub fn finish(
    mut turn: Turn,
    known: &mut KnownKeys,
    now: UnixTime,
    mut send: impl FnMut(&Request) -> Response,
) -> Result<Tokens, Error> {
    loop {
        turn = match turn {
            Turn::Send(ask) => {
                let response = send(ask.request());
                ask.answer(&response, known, now)?
            }
            Turn::Sign(ask) => {
                let ask = ask.assertion(&entropy(), now);
                let signature = sign(ask.key(), ask.input());
                ask.answer(&signature)
            }
            Turn::Verify(ask) => {
                let good = is_signed_under(ask.jwk(), ask.input().as_bytes(), ask.signature());
                ask.answer(good)?
            }
            Turn::Done(tokens) => return Ok(*tokens),
        }
    }
}

/// A request of the client, signed if it is to be.
pub fn ready<T>(outgoing: Outgoing<T>, now: UnixTime) -> T {
    match outgoing {
        Outgoing::Send(ask) => ask,
        Outgoing::Sign(ask) => {
            let ask = ask.assertion(&entropy(), now);
            let signature = sign(ask.key(), ask.input());
            ask.answer(&signature)
        }
    }
}

fn sign(key: &PrivateKey, input: &str) -> Vec<u8> {
    Owner::Client.sign(key.alg, input.as_bytes())
}

/// Other bytes at each call.
fn entropy() -> Entropy {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut bytes = [9; 32];
    bytes[..8].copy_from_slice(&CALLS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Entropy::new(bytes)
}
