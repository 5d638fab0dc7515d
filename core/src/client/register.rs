//! Introducing oneself to a server that nobody has told about this client
//! ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)), and managing that later
//! ([RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2)).

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;

use super::credentials::{Credentials, PrivateKey};
use super::profile::{Profile, ProfileError};
use super::resource::authorize;
use crate::secret::Secret;
use crate::uri::Parts;
use crate::wire::discovery::ServerMetadata;
use crate::wire::error::ErrorBody;
use crate::wire::http::{Headers, Method, Request, Response};
use crate::wire::registration::{
    AuthMethod, ClientInformation, ClientMetadata, ClientMetadataError,
};

/// A client that is being registered, or whose registration is read or changed.
#[derive(Debug)]
pub struct AwaitingRegistration {
    request: Request,
    issuer: String,
    asked: ClientMetadata,
    expected: u16,
    /// What a server that answers a change need not say again.
    before: Option<ClientInformation>,
}

/// A client that is being forgotten.
#[derive(Debug)]
pub struct AwaitingRemoval {
    request: Request,
}

/// A client that the server knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registration {
    /// The server.
    pub issuer: String,
    /// What holds of the client there; [`to_json`](ClientInformation::to_json) prints what to store.
    pub information: ClientInformation,
}

/// Why there is no registration, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The server said no, and why
    /// ([RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)).
    Refused(ErrorBody),
    /// Another status than the one that was to come, and no error that explains itself.
    BadStatus(u16),
    /// Not `application/json`.
    NotJson,
    /// JSON, but nothing that a client could be known by.
    Malformed(ClientMetadataError),
    /// A member that the server left out or changed, so that the client could not work
    /// ([RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)); and the registration,
    /// which is there all the same.
    Changed(&'static str, Box<Registration>),
}

impl AwaitingRegistration {
    /// Asks a server to take this client; `None` if it takes none this way. The initial access token
    /// is what the server's operator hands out
    /// ([RFC 7591 §3.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.1)).
    #[must_use]
    pub fn of(
        asked: ClientMetadata,
        server: &ServerMetadata,
        initial_access_token: Option<&Secret>,
    ) -> Option<Self> {
        let url = server.registration_endpoint.as_deref()?;
        let request = request(Method::Post, url, initial_access_token, asked.to_json());
        let issuer = server.issuer.clone();
        Some(Self { request, issuer, asked, expected: 201, before: None })
    }

    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Receives what holds now.
    ///
    /// # Errors
    ///
    /// The first [`RegisterError`] that applies.
    pub fn answer(self, response: &Response) -> Result<Registration, RegisterError> {
        let Self { issuer, asked, expected, before, .. } = self;
        if response.status != expected {
            return Err(refusal(response));
        }
        if !response.is_json() {
            return Err(RegisterError::NotJson);
        }
        let mut told =
            ClientInformation::parse(&response.body).map_err(RegisterError::Malformed)?;
        let mut is_another = false;
        if let Some(before) = before {
            is_another = told.client_id != before.client_id;
            // A server that keeps hashes shows a secret where it is made, and not again.
            told.client_secret = told.client_secret.or(before.client_secret);
            let (token, uri) = (before.registration_access_token, before.registration_client_uri);
            told.registration_access_token = told.registration_access_token.or(token);
            told.registration_client_uri = told.registration_client_uri.or(uri);
        }
        let changed = if is_another { Some("client_id") } else { changed(&asked, &told) };
        let registration = Registration { issuer, information: told };
        match changed {
            Some(member) => Err(RegisterError::Changed(member, Box::new(registration))),
            None => Ok(registration),
        }
    }
}

impl Registration {
    /// How the client proves itself from now on; `key` is for one that registered a key set.
    ///
    /// # Errors
    ///
    /// What the configuration lacks, as [`Profile::new`] has it.
    pub fn profile(
        &self,
        redirect_uri: &str,
        key: Option<PrivateKey>,
    ) -> Result<Profile, ProfileError> {
        let secret = self.information.client_secret.clone().unwrap_or_else(|| Secret::new(""));
        let credentials = match (method(&self.information.metadata), key) {
            (AuthMethod::None, _) => Credentials::Public,
            (AuthMethod::ClientSecretBasic, _) => Credentials::Basic(secret),
            (AuthMethod::ClientSecretPost, _) => Credentials::Post(secret),
            (AuthMethod::PrivateKeyJwt, Some(key)) => Credentials::PrivateKey(key),
            (AuthMethod::PrivateKeyJwt, None) => return Err(ProfileError::NoKeyId),
        };
        let profile =
            Profile::new(&self.issuer, &self.information.client_id, redirect_uri, credentials)?;
        Ok(match self.information.metadata.id_token_signed_response_alg {
            Some(alg) => profile.only_signed_with(&[alg]),
            None => profile,
        })
    }

    /// Asks what holds now; `None` if the server lets nobody ask
    /// ([RFC 7592 §2.1](https://www.rfc-editor.org/rfc/rfc7592#section-2.1)).
    #[must_use]
    pub fn read(&self) -> Option<AwaitingRegistration> {
        self.manage(Method::Get, self.information.metadata.clone(), String::new())
    }

    /// Asks for other words to hold: all of them, for what is left out holds no longer
    /// ([RFC 7592 §2.2](https://www.rfc-editor.org/rfc/rfc7592#section-2.2)).
    #[must_use]
    pub fn change(&self, asked: ClientMetadata) -> Option<AwaitingRegistration> {
        let words = ClientInformation {
            client_id: self.information.client_id.clone(),
            client_secret: None,
            client_id_issued_at: None,
            client_secret_expires_at: None,
            registration_access_token: None,
            registration_client_uri: None,
            metadata: asked.clone(),
        };
        self.manage(Method::Put, asked, words.to_json())
    }

    /// Asks to be forgotten
    /// ([RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3)).
    #[must_use]
    pub fn remove(&self) -> Option<AwaitingRemoval> {
        let (url, token) = self.door()?;
        Some(AwaitingRemoval { request: request(Method::Delete, url, Some(token), String::new()) })
    }

    fn manage(
        &self,
        method: Method,
        asked: ClientMetadata,
        body: String,
    ) -> Option<AwaitingRegistration> {
        let (url, token) = self.door()?;
        let request = request(method, url, Some(token), body);
        let (issuer, before) = (self.issuer.clone(), Some(self.information.clone()));
        Some(AwaitingRegistration { request, issuer, asked, expected: 200, before })
    }

    /// Where the registration is managed, and with what; a token is sent nowhere where it could be
    /// read on the way.
    fn door(&self) -> Option<(&str, &Secret)> {
        let ClientInformation { registration_client_uri: url, registration_access_token, .. } =
            &self.information;
        let url = url.as_deref()?;
        Parts::of(url).ok().filter(Parts::is_safe_http)?;
        Some((url, registration_access_token.as_ref()?))
    }
}

impl AwaitingRemoval {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Receives the server's word.
    ///
    /// # Errors
    ///
    /// The [`RegisterError`], if the server may still know the client.
    pub fn answer(self, response: &Response) -> Result<(), RegisterError> {
        if response.status == 204 { Ok(()) } else { Err(refusal(response)) }
    }
}

fn request(method: Method, url: &str, token: Option<&Secret>, body: String) -> Request {
    let mut headers = Headers::new().with("accept", "application/json");
    if !body.is_empty() {
        headers.push("content-type", "application/json");
    }
    let mut request = Request { method, url: url.to_owned(), headers, body: body.into_bytes() };
    if let Some(token) = token {
        authorize(&mut request, token);
    }
    request
}

fn refusal(response: &Response) -> RegisterError {
    let body = if response.is_json() { ErrorBody::parse(&response.body) } else { None };
    body.map_or(RegisterError::BadStatus(response.status), RegisterError::Refused)
}

/// A client that says nothing proves itself with `Basic`
/// ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
fn method(words: &ClientMetadata) -> AuthMethod {
    words.token_endpoint_auth_method.unwrap_or(AuthMethod::ClientSecretBasic)
}

/// What keeps the client from working as the server took it: it may get less than it asked for, but
/// it must be answered where it listens, and be able to prove itself.
fn changed(asked: &ClientMetadata, told: &ClientInformation) -> Option<&'static str> {
    let wanted = asked.token_endpoint_auth_method;
    if !asked.redirect_uris.iter().all(|uri| told.metadata.redirect_uris.contains(uri)) {
        Some("redirect_uris")
    } else if wanted.is_some_and(|wanted| wanted != method(&told.metadata)) {
        Some("token_endpoint_auth_method")
    } else if method(&told.metadata).has_secret() && told.client_secret.is_none() {
        Some("client_secret")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::client::testing::{json_response, metadata};
    use crate::key::Algorithm;

    fn server() -> ServerMetadata {
        let endpoint = Some("https://as.test/oauth2/register".into());
        ServerMetadata { registration_endpoint: endpoint, ..metadata() }
    }

    fn words() -> ClientMetadata {
        ClientMetadata {
            redirect_uris: ["https://app.test/cb".into()].into(),
            client_name: Some("The App".into()),
            ..ClientMetadata::default()
        }
    }

    fn asked() -> AwaitingRegistration {
        AwaitingRegistration::of(words(), &server(), None).unwrap()
    }

    const TOLD: &str = r#"{"client_id":"c1","client_secret":"s3cret","client_secret_expires_at":0,"registration_access_token":"rat","registration_client_uri":"https://as.test/oauth2/register?client_id=c1","redirect_uris":["https://app.test/cb"],"token_endpoint_auth_method":"client_secret_basic","id_token_signed_response_alg":"ES256"}"#;

    fn registered() -> Registration {
        asked().answer(&json_response(201, TOLD)).unwrap()
    }

    #[test]
    fn a_client_introduces_itself_and_is_known() {
        let ask = AwaitingRegistration::of(words(), &server(), Some(&Secret::new("iat"))).unwrap();
        let request = ask.request();
        assert_eq!(
            (request.method, request.url.as_str()),
            (Method::Post, "https://as.test/oauth2/register")
        );
        assert_eq!(request.headers.first("authorization"), Some("Bearer iat"));
        assert_eq!(request.headers.first("content-type"), Some("application/json"));
        assert_eq!(request.body, words().to_json().as_bytes());
        assert_eq!(asked().request().headers.first("authorization"), None);

        let profile = registered().profile("https://app.test/cb", None).unwrap();
        assert_eq!(profile.client_id(), "c1");
        assert_eq!(profile.credentials, Credentials::Basic(Secret::new("s3cret")));
        let only = profile.clone().only_signed_with(&[Algorithm::Es256]);
        assert_eq!(profile, only);
    }

    #[test]
    fn a_server_that_takes_nobody_is_not_asked() {
        assert!(AwaitingRegistration::of(words(), &metadata(), None).is_none());
        let mut alone = registered();
        alone.information.registration_access_token = None;
        assert!(alone.read().is_none() && alone.remove().is_none());
        let mut open = registered();
        open.information.registration_client_uri = Some("http://as.test/c1".into());
        assert!(open.read().is_none(), "a token is not sent in the clear");
    }

    #[test]
    fn a_registration_is_read_changed_and_ended_at_its_own_door() {
        let ask = registered().read().unwrap();
        let request = ask.request();
        assert_eq!(request.url, "https://as.test/oauth2/register?client_id=c1");
        assert_eq!((request.method, request.body.len()), (Method::Get, 0));
        assert_eq!(request.headers.first("authorization"), Some("Bearer rat"));
        let hashed = TOLD.replace(r#""client_secret":"s3cret","client_secret_expires_at":0,"#, "");
        assert_eq!(
            ask.answer(&json_response(200, &hashed)),
            Ok(registered()),
            "the secret is kept"
        );

        let other = ClientMetadata { client_name: Some("Another".into()), ..words() };
        let ask = registered().change(other.clone()).unwrap();
        let body = format!(r#"{{"client_id":"c1",{}"#, &other.to_json()[1..]);
        assert_eq!((ask.request().method, &ask.request().body[..]), (Method::Put, body.as_bytes()));
        let rotated = TOLD.replace(r#""rat""#, r#""tar""#);
        let changed = ask.answer(&json_response(200, &rotated)).unwrap();
        assert!(changed.information.registration_access_token.unwrap().matches("tar"));

        let ask = registered().remove().unwrap();
        assert_eq!((ask.request().method, ask.request().body.len()), (Method::Delete, 0));
        let gone = Response { status: 204, headers: Headers::new(), body: [].into() };
        assert_eq!(ask.answer(&gone), Ok(()));
        let error = registered().remove().unwrap().answer(&json_response(401, "{}"));
        assert_eq!(error, Err(RegisterError::BadStatus(401)));
    }

    #[test]
    fn what_no_client_could_work_with_is_refused() {
        let answer = |status, body: &str| asked().answer(&json_response(status, body)).unwrap_err();
        let refusal = r#"{"error":"invalid_redirect_uri"}"#;
        assert!(
            matches!(answer(400, refusal), RegisterError::Refused(body) if body.error == "invalid_redirect_uri")
        );
        assert_eq!(answer(200, TOLD), RegisterError::BadStatus(200));
        assert!(matches!(answer(201, "{}"), RegisterError::Malformed(_)));
        let html = Response { headers: Headers::new(), ..json_response(201, TOLD) };
        assert_eq!(asked().answer(&html), Err(RegisterError::NotJson));
        for (from, to, member) in [
            ("app.test", "evil.test", "redirect_uris"),
            (r#""client_secret":"s3cret","#, "", "client_secret"),
        ] {
            assert_eq!(changed(answer(201, &TOLD.replace(from, to))), member);
        }
        let method = Some(AuthMethod::PrivateKeyJwt);
        let asked = ClientMetadata { token_endpoint_auth_method: method, ..words() };
        let ask = AwaitingRegistration::of(asked, &server(), None).unwrap();
        let error = ask.answer(&json_response(201, TOLD)).unwrap_err();
        assert_eq!(changed(error), "token_endpoint_auth_method");
        let other = registered().read().unwrap();
        let error = other.answer(&json_response(200, &TOLD.replace("\"c1\"", "\"c2\"")));
        assert_eq!(changed(error.unwrap_err()), "client_id");
    }

    /// The member, of a registration that can still be ended.
    fn changed(error: RegisterError) -> &'static str {
        let RegisterError::Changed(member, kept) = error else { panic!("{error:?}") };
        assert!(kept.remove().is_some());
        member
    }

    #[test]
    fn a_client_with_a_key_needs_its_name() {
        let mut keyed = registered();
        keyed.information.metadata.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
        let nameless = keyed.profile("https://app.test/cb", None);
        assert_eq!(nameless, Err(ProfileError::NoKeyId));
        let key = PrivateKey { alg: Algorithm::Es256, kid: "k".into() };
        let profile = keyed.profile("https://app.test/cb", Some(key.clone())).unwrap();
        assert_eq!(profile.credentials, Credentials::PrivateKey(key));
    }
}
