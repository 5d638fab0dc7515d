//! The token endpoint: who asks, for what, and what the grant says to it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::authenticate::{self, ClientAuthError, Presented, PresentedError, Purpose};
use super::client::Client;
use super::client_credentials::{self, CredentialsError};
use super::grant::{Grant, Writer};
use super::handle::Call;
use super::issue::{Decided, TargetError};
use super::name::{GrantId, Kind, Name};
use super::once::{AwaitingUse, Next};
use super::proof::{ProofError, Shown};
use super::record::{Key, Record, Versioned};
use super::redeem::{RedeemError, Redemption};
use super::refresh::{RefreshError, Refreshing};
use super::turn::{AfterRead, AfterVerify, Read, Turn, Verify, found};
use super::{path, reply};
use crate::entropy::Entropy;
use crate::key::Thumbprint;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::step::Step;
use crate::wire::form::Form;
use crate::wire::http::{Method, Request};
use crate::wire::registration::GrantType;

/// Why a token request is turned away, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenError {
    /// Not a form, or too large, or badly encoded.
    Malformed,
    /// A parameter is there twice ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
    Repeated,
    /// Nobody can be made out to be asking.
    Presented(PresentedError),
    /// No `grant_type`.
    MissingGrantType,
    /// `grant_type` is none that this server has.
    UnsupportedGrantType,
    /// No `token` to revoke.
    MissingToken,
    /// The client is not believed.
    Client(ClientAuthError),
    /// The proof of a key is not taken. Whether the key has signed it, and whether it was used before,
    /// is looked at last, once all else is good.
    Proof(ProofError),
    /// The client is registered for other grant types.
    UnauthorizedClient,
    /// No `code`.
    MissingCode,
    /// No `redirect_uri`.
    MissingRedirectUri,
    /// No `refresh_token`.
    MissingRefreshToken,
    /// `scope` is not one.
    InvalidScope,
    /// Nothing is left of what was granted that the client may still ask for.
    ForbiddenScope,
    /// The code bought nothing.
    Code(RedeemError),
    /// The refresh token bought nothing.
    Refresh(RefreshError),
    /// The client gets nothing for itself.
    Credentials(CredentialsError),
    /// No token can be made for what `resource` names.
    Target(TargetError),
    /// The person is gone or may no longer sign in.
    PersonGone,
}

/// Reads a token request
/// ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
/// [§4.4.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2),
/// [§6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, entropy: &Entropy) -> Turn<'s> {
    let (form, presented) = match read(&call, request) {
        Ok(read) => read,
        Err(refused) => return *refused,
    };
    let Some(name) = form.one("grant_type").unwrap_or_default() else {
        return reply::token(&call, TokenError::MissingGrantType);
    };
    let Some(grant_type) = call.server.policy.grant_types().find(|kind| kind.name() == name) else {
        return reply::token(&call, TokenError::UnsupportedGrantType);
    };
    let url = call.server.policy.issuer.endpoint(path::TOKEN);
    let proof = match Shown::read(&call, request, &url) {
        Ok(proof) => proof,
        Err(error) => return reply::token(&call, TokenError::Proof(error)),
    };
    let new_grant = GrantId(entropy.derive_id("grant"));
    let asked = Asked { form, grant_type, new_grant, proof };
    let writer = Writer(entropy.derive_id("writer"));
    authenticate::begin(call, presented, writer, Purpose::Token(asked.into()))
}

/// Reads the form of an endpoint that clients prove themselves at, or says what is wrong with it.
pub(crate) fn read<'s>(
    call: &Call<'_>,
    request: &Request,
) -> Result<(Form, Presented), Box<Turn<'s>>> {
    match request.method {
        Method::Post => {}
        Method::Options => return Err(reply::preflight(call, "POST").into()),
        Method::Get | Method::Head | Method::Put | Method::Delete | Method::Other => {
            return Err(reply::wrong_method(call, "POST").into());
        }
    }
    let refuse = |error| Box::new(reply::token(call, error));
    if !request.is_form() {
        return Err(refuse(TokenError::Malformed));
    }
    let form = Form::parse(&request.body).map_err(|_| refuse(TokenError::Malformed))?;
    if form.any_repeated_but(&["resource"]) {
        return Err(refuse(TokenError::Repeated));
    }
    let presented = Presented::parse(&request.headers, &form);
    Ok((form, presented.map_err(|error| refuse(TokenError::Presented(error)))?))
}

/// What somebody asks the token endpoint for.
pub(crate) struct Asked {
    form: Form,
    grant_type: GrantType,
    /// The name of a grant that this request may make.
    new_grant: GrantId,
    /// That somebody holds a key.
    proof: Option<Shown>,
}

impl Asked {
    /// The client is believed.
    pub(crate) fn go_on(mut self, call: Call<'_>, client: Client, writer: Writer) -> Turn<'_> {
        if !client.may_use(self.grant_type) {
            return reply::token(&call, TokenError::UnauthorizedClient);
        }
        let proof = self.proof.take().map(|shown| (shown, writer));
        let jkt = proof.as_ref().map(|(shown, _)| shown.jkt());
        let read = self.read(&call, &client, writer).and_then(|read| {
            admit(&client, read.0.jkt, jkt).map_err(TokenError::Proof)?;
            Ok(read)
        });
        let (name, ask) = match read {
            Ok(read) => read,
            Err(error) => return reply::token(&call, error),
        };
        let resources = self.form.all("resource").map(Into::into).collect();
        AwaitingGrant { call, client, ask, resources, jkt, proof, name, rounds: 0 }.start()
    }

    fn read(
        &self,
        call: &Call<'_>,
        client: &Client,
        writer: Writer,
    ) -> Result<(Name, Ask), TokenError> {
        let one = |name| self.form.one(name).map_err(|_| TokenError::Repeated);
        let open = |kind, text: &str| call.server.sealing.open_name(kind, text);
        let client_id = client.client_id.clone();
        match self.grant_type {
            GrantType::AuthorizationCode => {
                let code = one("code")?.ok_or(TokenError::MissingCode)?;
                let redirect_uri = one("redirect_uri")?.ok_or(TokenError::MissingRedirectUri)?;
                let code_verifier = one("code_verifier")?.map(Secret::new);
                let name = open(Kind::Code, code);
                let name = name.ok_or(TokenError::Code(RedeemError::UnknownCode))?;
                let ask = Redemption {
                    client_id,
                    is_confidential: client.is_confidential(),
                    redirect_uri: redirect_uri.into(),
                    code_verifier,
                    until: name.until,
                    writer,
                };
                Ok((name, Ask::Redeem(ask)))
            }
            GrantType::RefreshToken => {
                let token = one("refresh_token")?.ok_or(TokenError::MissingRefreshToken)?;
                let scope = scope(one("scope")?)?;
                let name = open(Kind::Refresh, token);
                let name = name.ok_or(TokenError::Refresh(RefreshError::UnknownToken))?;
                let ask = Refreshing { client_id, turn: name.turn, scope, writer };
                Ok((name, Ask::Refresh(ask)))
            }
            GrantType::ClientCredentials => {
                let resources = self.form.all("resource").map(Into::into).collect();
                let scope = scope(one("scope")?)?;
                let new = (self.new_grant, writer);
                let grant = client_credentials::grant(call, client, scope, resources, new)
                    .map_err(TokenError::Credentials)?;
                let name = Name::whole(&grant.terms, grant.terms.dies);
                Ok((name, Ask::Credentials(grant.into())))
            }
        }
    }
}

/// Whether what came may be traded with the key that came with it, if one did
/// ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5),
/// [§10](https://www.rfc-editor.org/rfc/rfc9449#section-10)). A stranger's key changes nothing.
fn admit(
    client: &Client,
    bound: Option<Thumbprint>,
    held: Option<Thumbprint>,
) -> Result<(), ProofError> {
    match (bound, held) {
        (None, None) if client.dpop_bound_access_tokens => Err(ProofError::Missing),
        (Some(_), None) => Err(ProofError::Missing),
        (Some(bound), Some(held)) if bound != held => Err(ProofError::WrongKey),
        (None | Some(_), _) => Ok(()),
    }
}

/// The proof fits, and something will come of the request; the host is asked whether the key has
/// signed it. A code or a token that comes to nothing costs the host no check, and the store no row.
pub(crate) struct AwaitingProof<'s> {
    proof: Shown,
    writer: Writer,
    decided: Decided<'s>,
}

impl<'s> AwaitingProof<'s> {
    fn ask(self) -> Turn<'s> {
        let question = self.proof.question();
        Verify::ask(self.decided.waiting.call, question, AfterVerify::Proof(self.into()))
    }

    pub(crate) fn resume(self, is_good: bool) -> Turn<'s> {
        let Self { proof, writer, decided } = self;
        let call = decided.waiting.call;
        if !is_good {
            return reply::token(&call, TokenError::Proof(ProofError::WrongSignature));
        }
        let place = (proof.place(), proof.until);
        AwaitingUse::ask(call, place, writer, Next::Proof(decided.into()))
    }
}

fn scope(text: Option<&str>) -> Result<Option<ScopeSet>, TokenError> {
    text.map(ScopeSet::parse).transpose().map_err(|_| TokenError::InvalidScope)
}

/// What a client that is believed asks for.
pub(crate) enum Ask {
    Redeem(Redemption),
    Refresh(Refreshing),
    /// The grant that the client gives itself.
    Credentials(Box<Grant>),
}

/// The client is believed and the code or token is ours; the store is asked what it stands for.
pub(crate) struct AwaitingGrant<'s> {
    pub(crate) call: Call<'s>,
    pub(crate) client: Client,
    pub(crate) ask: Ask,
    /// The APIs that the token shall be for, if the client says so.
    pub(crate) resources: Vec<String>,
    /// The key that somebody says they hold; nothing comes of it before they have proved it.
    pub(crate) jkt: Option<Thumbprint>,
    /// How they prove it, until they have.
    proof: Option<(Shown, Writer)>,
    name: Name,
    rounds: u8,
}

/// Each lost swap means that another request got on, so few rounds are many.
pub(crate) const MOST_ROUNDS: u8 = 8;

impl<'s> AwaitingGrant<'s> {
    /// All that is said beside the code or token is good.
    fn start(self) -> Turn<'s> {
        match self.ask {
            // There is nothing to be found yet.
            Ask::Credentials(_) => self.resume(None),
            Ask::Redeem(_) | Ask::Refresh(_) => self.ask(),
        }
    }

    fn ask(self) -> Turn<'s> {
        let key = Key::Grant(self.name.grant);
        Read::ask(self.call, key, AfterRead::TokenGrant(self.into()))
    }

    /// Asks once more, for the grant has moved on.
    pub(crate) fn ask_again(self) -> Turn<'s> {
        if self.rounds == MOST_ROUNDS {
            return reply::unavailable(&self.call);
        }
        Self { rounds: self.rounds + 1, ..self }.ask()
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (grant, expect) = found(record, Record::grant);
        let before = grant.as_ref().map(|grant| grant.phase);
        let Step { next, output } = match self.decide(grant) {
            Ok(step) => step,
            Err(error) => return reply::token(&self.call, error),
        };
        let mut decided = Decided { waiting: self, expect, before, grant: next, output };
        if decided.needs_proof()
            && let Some((proof, writer)) = decided.waiting.proof.take()
        {
            return AwaitingProof { proof, writer, decided }.ask();
        }
        decided.go_on()
    }

    fn decide(
        &self,
        grant: Option<Grant>,
    ) -> Result<Step<Grant, Result<(), TokenError>>, TokenError> {
        let now = self.call.now;
        Ok(match (&self.ask, grant) {
            (Ask::Redeem(ask), Some(grant)) => {
                let Step { next, output } = grant.redeem(ask, now);
                Step { next, output: output.map_err(TokenError::Code) }
            }
            (Ask::Refresh(ask), Some(grant)) => {
                let Step { next, output } =
                    grant.refresh(ask, now, self.call.server.policy.refresh_grace);
                Step { next, output: output.map_err(TokenError::Refresh) }
            }
            // Stored already, by this very request: the answer got lost.
            (Ask::Credentials(new), Some(grant)) if **new == grant => {
                Step { next: grant, output: Ok(()) }
            }
            (Ask::Credentials(new), None) => Step { next: (**new).clone(), output: Ok(()) },
            (_, _) => return Err(self.forgotten()),
        })
    }

    /// A store forgets only what is too old.
    fn forgotten(&self) -> TokenError {
        let is_old = self.name.until <= self.call.now;
        match (&self.ask, is_old) {
            (Ask::Redeem(_), true) => TokenError::Code(RedeemError::Expired),
            (Ask::Redeem(_), false) => TokenError::Code(RedeemError::UnknownCode),
            (Ask::Refresh(_) | Ask::Credentials(_), _) => {
                TokenError::Refresh(RefreshError::UnknownToken)
            }
        }
    }
}
