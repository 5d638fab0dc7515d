//! The server of the tabs: it rotates refresh tokens, and tells when one comes twice.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use super::NOW;
use crate::client::testing::{claims, json_response, jwks, metadata};
use crate::key::Algorithm;
use crate::time::UnixTime;
use crate::wire::discovery::ServerMetadata;
use crate::wire::dpop::Proof;
use crate::wire::form::Form;
use crate::wire::http::{Request, Response};
use crate::wire::jws::{assemble, signing_input};

/// What a server does, and what it may break.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each breaks one thing")]
pub(super) struct Server {
    /// The refresh token in force.
    pub(super) turn: u32,
    /// Whether the last one before still gets the same answer.
    pub(super) has_grace: bool,
    pub(super) is_revoked: bool,
    /// A spent token came again.
    pub(super) was_robbed: bool,
    pub(super) nonce: String,
    /// The time of day, as the server has it.
    pub(super) now: u64,
    pub(super) good_signature: bool,
    pub(super) status: u16,
    pub(super) refusal: Option<&'static str>,
    /// The API that nobody gets a token for.
    pub(super) forbids: Option<&'static str>,
    pub(super) gives_refresh: bool,
    /// Whether tokens are bound to keys.
    pub(super) binds: bool,
    /// It gives tokens that are bound to nothing all the same.
    pub(super) forgets: bool,
    /// What proofs must hold.
    pub(super) wants: Option<&'static str>,
    /// Every proof that came.
    pub(super) proofs: Vec<Proof>,
    pub(super) seen: Vec<String>,
}

pub(super) fn described() -> ServerMetadata {
    ServerMetadata {
        revocation_endpoint: Some("https://as.test/oauth2/revoke".into()),
        end_session_endpoint: Some("https://as.test/logout".into()),
        ..metadata()
    }
}

impl Server {
    pub(super) const fn new() -> Self {
        Self {
            turn: 0,
            has_grace: false,
            is_revoked: false,
            was_robbed: false,
            nonce: String::new(),
            now: NOW,
            good_signature: true,
            status: 200,
            refusal: None,
            forbids: None,
            gives_refresh: true,
            binds: false,
            forgets: false,
            wants: None,
            proofs: Vec::new(),
            seen: Vec::new(),
        }
    }

    pub(super) fn described(&self) -> ServerMetadata {
        let algs = if self.binds { vec!["ES256".into(), "EdDSA".into()] } else { Vec::new() };
        ServerMetadata { dpop_signing_alg_values_supported: algs, ..described() }
    }

    pub(super) fn serve(&mut self, request: &Request) -> Response {
        self.seen.push(request.path().into());
        let form = Form::parse(&request.body).unwrap();
        let body = match request.path() {
            "/.well-known/openid-configuration" => self.described().to_json(),
            "/oauth2/jwks" => jwks(&["k1"]),
            "/oauth2/revoke" => {
                self.is_revoked = true;
                String::new()
            }
            _ if self.status != 200 => String::new(),
            _ if self.refusal.is_some() => {
                let body = format!(r#"{{"error":"{}"}}"#, self.refusal.unwrap());
                return json_response(400, &body);
            }
            _ if !self.is_proved(request) => {
                let mut refused = json_response(400, r#"{"error":"use_dpop_nonce"}"#);
                refused.headers.push("dpop-nonce", self.wants.unwrap_or_default());
                return refused;
            }
            _ if form.field("grant_type") == "authorization_code" => self.redeem(),
            _ => {
                let spent: u32 = form.field("refresh_token")[3..].parse().unwrap();
                let is_current = spent == self.turn;
                let is_again = self.has_grace && spent + 1 == self.turn;
                self.was_robbed |= !is_current && !is_again;
                self.is_revoked |= self.was_robbed;
                if self.is_revoked {
                    return json_response(400, r#"{"error":"invalid_grant"}"#);
                }
                let aim = form.one("resource").unwrap().map(String::from);
                if self.forbids.is_some() && self.forbids == aim.as_deref() {
                    return json_response(400, r#"{"error":"invalid_target"}"#);
                }
                self.turn += u32::from(is_current);
                let tokens = self.tokens("");
                match aim {
                    Some(aim) => tokens.replace(r#"_token":"at"#, &format!(r#"_token":"{aim} at"#)),
                    None => tokens,
                }
            }
        };
        json_response(self.status, &body)
    }

    /// Whether the request has a proof of its own, with the nonce that is wanted.
    fn is_proved(&mut self, request: &Request) -> bool {
        let Some(proof) = request.headers.one("dpop").unwrap() else { return !self.binds };
        let proof = Proof::parse(proof).unwrap();
        assert!(proof.is_for(&request.url) && proof.htm == "POST" && proof.ath.is_none());
        assert!(self.proofs.iter().all(|past| past.jti != proof.jti), "a proof came twice");
        let is_good = proof.nonce.as_deref() == self.wants;
        self.proofs.push(proof);
        is_good
    }

    fn tokens(&self, more: &str) -> String {
        let turn = self.turn;
        let kind = if self.binds && !self.forgets { "DPoP" } else { "Bearer" };
        let refresh = if self.gives_refresh {
            format!(r#","refresh_token":"rt {turn}""#)
        } else {
            String::new()
        };
        format!(
            r#"{{"access_token":"at{turn}","token_type":"{kind}","expires_in":3600{refresh}{more}}}"#
        )
    }

    fn redeem(&self) -> String {
        let mut claims = claims();
        claims.nonce = Some(self.nonce.clone());
        claims.at_hash = None;
        let now = UnixTime::from_secs(self.now);
        (claims.iat, claims.auth_time) = (now, Some(now));
        claims.exp = now + Duration::from_secs(3600);
        let input = signing_input(Algorithm::Rs256, "k1", "JWT", &claims.to_json());
        let id_token = assemble(&input, b"signature");
        self.tokens(&format!(r#","id_token":"{id_token}""#))
    }
}
