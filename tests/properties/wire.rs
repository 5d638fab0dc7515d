//! Every message reads as what was written, and writes what was read.

use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::time::Duration;

use grantflow::client::{self, Challenge as WantsToken, Prompt};
use grantflow::key::{Algorithm, PublicKey};
use grantflow::pkce::Challenge;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::time::UnixTime;
use grantflow::uri::{Issuer, RedirectUri};
use grantflow::wire::access_token::AccessClaims;
use grantflow::wire::assertion::Assertion;
use grantflow::wire::authorize::AuthorizationRequest;
use grantflow::wire::callback::{Callback, ResponseMode};
use grantflow::wire::claims_request::ClaimsRequest;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::dpop::{self, Proof, Said};
use grantflow::wire::error::ErrorBody;
use grantflow::wire::form::{self, Form};
use grantflow::wire::http::{Headers, Method, Request};
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::introspection::Introspection;
use grantflow::wire::json::{self, Writer};
use grantflow::wire::jwks::{Jwks, parse_jwk, public_jwk};
use grantflow::wire::jws::{self, Jws};
use grantflow::wire::logout::{self, LogoutRequest};
use grantflow::wire::registration::{
    ApplicationType, AuthMethod, ClientInformation, ClientMetadata, GrantType,
};
use grantflow::wire::resource_metadata::ResourceMetadata;
use grantflow::wire::revocation::{self, TokenTypeHint};
use grantflow::wire::token::{TokenRequest, TokenResponse};
use grantflow::wire::{bearer, credentials};
use proptest::collection::vec;
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;

use crate::fuzz::wire::{challenge_text, posted_by};
use crate::{arbitrary, cases};

/// The modules of `wire`, each with the property here that is about it.
const PROVED: [(&str, &str); 23] = [
    ("access_token", "messages_in_json"),
    ("assertion", "messages_in_json"),
    ("authorize", "an_authorization_request"),
    ("bearer", "a_bearer_token"),
    ("callback", "a_callback"),
    ("claims", "messages_in_json"),
    ("claims_request", "messages_in_json"),
    ("credentials", "an_id_and_a_secret"),
    ("discovery", "messages_in_json"),
    ("dpop", "a_proof_of_a_key"),
    ("error", "messages_in_json"),
    ("form", "a_form"),
    ("http", "a_request"),
    ("id_token", "the_claims_of_an_id_token"),
    ("introspection", "messages_in_json"),
    ("json", "any_json"),
    ("jwks", "keys"),
    ("jws", "a_signed_token"),
    ("logout", "a_logout_request"),
    ("registration", "messages_in_json"),
    ("resource_metadata", "messages_in_json"),
    ("revocation", "a_token_and_a_hint"),
    ("token", "a_token_request"),
];

#[test]
fn every_module_of_the_wire_has_its_property() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let list = fs::read_to_string(root.join("core/src/wire/mod.rs")).unwrap();
    let mut modules: Vec<&str> =
        list.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mut proved = PROVED.map(|(module, _)| module);
    modules.sort_unstable();
    proved.sort_unstable();
    assert_eq!(modules, proved);
    let here = include_str!("wire.rs");
    for (module, property) in PROVED {
        assert!(here.contains(&format!("fn {property}")), "{module}");
    }
}

fn given(text: &str, is_given: bool) -> Option<&str> {
    is_given.then_some(text)
}

/// What is written reads as the same, and is written as the same.
fn survives<T: Debug + PartialEq>(
    message: &T,
    print: impl Fn(&T) -> String,
    parse: impl Fn(&[u8]) -> Option<T>,
) {
    let text = print(message);
    let read = parse(text.as_bytes());
    assert_eq!(read.as_ref(), Some(message), "{text}");
    assert_eq!(read.map(|read| print(&read)), Some(text));
}

macro_rules! messages {
    ($($name:ident: $type:ident = $arbitrary:expr;)*) => {
        mod messages_in_json {
            use super::*;
            proptest! {
                #![proptest_config(cases(192))]
                $(#[test]
                fn $name(message in $arbitrary) {
                    survives(&message, $type::to_json, |bytes| $type::parse(bytes).ok());
                })*
            }
        }
    };
}

messages!(
    access_claims: AccessClaims = arbitrary::access_claims();
    assertion: Assertion = arbitrary::assertion();
    client_information: ClientInformation = arbitrary::client_information();
    client_metadata: ClientMetadata = arbitrary::client_metadata();
    introspection: Introspection = arbitrary::introspection();
    jwks: Jwks = arbitrary::jwks();
    resource_metadata: ResourceMetadata = arbitrary::resource_metadata();
    server_metadata: ServerMetadata = arbitrary::server_metadata();
    token_response: TokenResponse = arbitrary::token_response();
);

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn messages_in_json_of_other_readers(
        asked in arbitrary::claims_request(),
        refusal in arbitrary::refusal(),
    ) {
        let parse = |bytes: &[u8]| ClaimsRequest::parse(std::str::from_utf8(bytes).ok()?).ok();
        survives(&asked, ClaimsRequest::to_json, parse);
        survives(&refusal, ErrorBody::to_json, ErrorBody::parse);
    }

    #[test]
    fn the_claims_of_an_id_token_are_those_of_its_fields_and_the_others(
        claims in arbitrary::id_claims(),
    ) {
        let text = claims.to_json();
        let read = IdClaims::parse(text.as_bytes()).unwrap();
        let others = |claims: &IdClaims| -> Vec<(String, String)> {
            let object = json::parse_object(claims.text.as_bytes()).unwrap();
            let members = object.members().map(|(name, value)| (name.into_owned(), value.text().into()));
            members.filter(|(name, _): &(String, String)| name.ends_with("_x")).collect()
        };
        assert_eq!(others(&read), others(&claims));
        assert_eq!(read.to_json(), text);
        assert_eq!(read, IdClaims { text, ..claims });
    }

    #[test]
    fn an_authorization_request_reads_as_its_fields(
        texts in vec(arbitrary::word(), 9),
        resources in vec(arbitrary::word(), 0..4),
        seconds in any::<Option<u64>>(),
        mode in maybe(select(ResponseMode::ALL.to_vec())),
        is_full in any::<bool>(),
    ) {
        let [client_id, redirect_uri, scope, state, nonce, challenge, prompt, hint, claims] =
            texts.try_into().unwrap();
        let secret = Secret::new(hint.clone());
        let asked = AuthorizationRequest {
            client_id: &client_id,
            redirect_uri: &redirect_uri,
            scope: &scope,
            state: given(&state, is_full),
            nonce: given(&nonce, is_full),
            code_challenge: given(&challenge, is_full),
            prompt: given(&prompt, is_full),
            max_age: seconds.map(Duration::from_secs),
            login_hint: given(&hint, is_full),
            response_mode: mode,
            resources: &resources,
            id_token_hint: Some(&secret).filter(|_| is_full),
            claims: given(&claims, is_full),
        };
        let query = asked.to_query();
        let form = Form::parse(query.as_bytes()).unwrap();
        let seconds = seconds.map(|seconds| seconds.to_string());
        for (name, value) in [
            ("response_type", Some("code")),
            ("client_id", Some(client_id.as_str())),
            ("redirect_uri", Some(&redirect_uri)),
            ("scope", Some(&scope)),
            ("state", given(&state, is_full)),
            ("nonce", given(&nonce, is_full)),
            ("code_challenge", given(&challenge, is_full)),
            ("code_challenge_method", given("S256", is_full)),
            ("prompt", given(&prompt, is_full)),
            ("max_age", seconds.as_deref()),
            ("login_hint", given(&hint, is_full)),
            ("response_mode", mode.map(ResponseMode::name)),
            ("id_token_hint", given(&hint, is_full)),
            ("claims", given(&claims, is_full)),
        ] {
            assert_eq!(form.one(name), Ok(value), "{name}");
        }
        assert_eq!(form.all("resource").collect::<Vec<_>>(), resources);
    }

    #[test]
    fn a_bearer_token_is_read_from_the_header_it_is_put_in(token in "[A-Za-z0-9._~+/=-]{1,40}") {
        let mut request = Request::get("/api/tasks");
        client::resource::authorize(&mut request, &Secret::new(token.clone()));
        assert_eq!(bearer::parse(&request), Ok(Some(Secret::new(token))));
    }

    #[test]
    fn a_challenge_of_an_api_reads_as_it_was_meant(wanted in arbitrary::challenge()) {
        let text = challenge_text(&wanted);
        assert_eq!(WantsToken::parse(&text).as_ref(), Some(&wanted));
        let among = format!("Basic realm=\"x, y\", {text}, Digest a=b");
        assert_eq!(WantsToken::parse(&among), Some(wanted));
    }

    #[test]
    fn a_callback_reads_alike_from_a_url_and_from_a_posted_page(
        callback in arbitrary::callback(),
        uri in select(vec!["https://app.test/cb", "https://app.test/cb?x=1", "com.example:/cb"]),
    ) {
        let url = callback.to_url(uri);
        assert!(url.starts_with(uri) && url.is_ascii());
        assert_eq!(Callback::parse(&url).as_ref(), Ok(&callback));
        let posted = posted_by(&callback.to_page(uri));
        assert_eq!(Callback::parse(&posted).as_ref(), Ok(&callback));
        let (_, query) = url.split_once('?').unwrap();
        assert_eq!(Callback::parse(query), Ok(callback));
    }

    #[test]
    fn an_id_and_a_secret_survive_the_header(
        id in arbitrary::text(),
        secret in arbitrary::secret(),
    ) {
        let header = credentials::basic(&id, &secret);
        assert!(header.bytes().all(|b| matches!(b, 0x20..=0x7e)));
        assert_eq!(credentials::parse_basic(&header), Ok((id, secret)));
    }

    #[test]
    fn a_form_is_its_pairs(pairs in vec((arbitrary::text(), arbitrary::word()), 0..20)) {
        let pairs: Vec<_> = pairs.into_iter().filter(|(name, _)| name.len() <= 64).collect();
        let mut text = String::new();
        for (name, value) in &pairs {
            form::push(&mut text, name, value);
            assert_eq!(form::decode(&form::encode(value)).as_ref(), Ok(value));
        }
        let form = Form::parse(text.as_bytes()).unwrap();
        let read: Vec<_> = form.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        assert_eq!(&read, &pairs);
        for (name, _) in &pairs {
            let all: Vec<_> = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
            assert_eq!(form.all(name).collect::<Vec<_>>(), all.clone());
            match all.as_slice() {
                [only] => assert_eq!((form.one(name), form.field(name)), (Ok(Some(*only)), *only)),
                _ => assert!(form.one(name).is_err() && form.field(name).is_empty()),
            }
        }
    }

    #[test]
    fn a_request_says_where_it_goes(
        path in "(/[A-Za-z0-9._~!$&'()*+,;=:@%-]{0,8}){1,3}",
        query in maybe("[a-z0-9=&%+/:?]{0,20}"),
        origin in select(vec!["", "https://as.test", "http://localhost:8080"]),
        fragment in select(vec!["", "#x?y=1"]),
    ) {
        let tail = query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
        let request = Request::get(format!("{origin}{path}{tail}{fragment}"));
        assert_eq!(request.path(), path);
        assert_eq!(request.query(), query.unwrap_or_default());
    }

    #[test]
    fn headers_are_found_by_name_in_any_case_and_once(
        fields in vec(("[A-Za-z-]{1,6}", "[ -~]{0,8}"), 0..8),
    ) {
        let mut headers = Headers::new();
        for (name, value) in &fields {
            headers.push(name.clone(), value.clone());
        }
        for (name, _) in &fields {
            let same: Vec<_> =
                fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
            let upper = name.to_ascii_uppercase();
            assert_eq!(headers.first(&upper), Some(same[0].1.as_str()));
            assert_eq!(headers.one(&upper).is_ok(), same.len() == 1);
        }
        assert_eq!(headers.iter().count(), fields.len());
    }

    #[test]
    fn any_json_is_read_where_it_stands(value in arbitrary::json()) {
        let read = json::parse(value.as_bytes()).unwrap();
        assert_eq!(read.text(), value.as_str());
        let object = Writer::object().raw("v", &value).string("s", &value).integer("n", 7).finish();
        let object = json::parse_object(object.as_bytes()).unwrap();
        assert_eq!(object.get("v").map(json::Value::text), Some(value.as_str()));
        assert_eq!(object.get("s").and_then(json::Value::string).as_deref(), Some(&*value));
        assert_eq!(object.get("n").and_then(json::Value::integer), Some(7));
    }

    #[test]
    fn keys_read_as_they_are_published(key in arbitrary::public_key()) {
        let text = public_jwk(&key);
        let read = parse_jwk(json::parse_object(text.as_bytes()).unwrap());
        assert_eq!(read, Ok(Some(key)));
    }

    #[test]
    fn a_signed_token_comes_apart_into_what_it_was_made_of(
        alg in arbitrary::algorithm(),
        kid in arbitrary::text(),
        typ in arbitrary::text(),
        payload in arbitrary::json(),
        signature in vec(any::<u8>(), 0..300),
    ) {
        let input = jws::signing_input(alg, &kid, &typ, &payload);
        let text = jws::assemble(&input, &signature);
        let read = Jws::parse(&text).unwrap();
        assert_eq!((read.alg, read.kid, read.typ), (alg, Some(kid), Some(typ)));
        assert_eq!(read.payload, payload.as_bytes());
        assert_eq!((read.signing_input, read.signature), (input.as_str(), signature));
    }

    #[test]
    fn a_proof_of_a_key_reads_as_it_was_said(
        key in arbitrary::public_key(),
        jti in "[ -~]{1,255}",
        method in select(vec!["GET", "POST", "PATCH"]),
        url in arbitrary::endpoint(),
        seconds in 0..1_u64 << 40,
        token in maybe(arbitrary::text()),
        nonce in maybe("[!-~]{1,255}"),
    ) {
        let token = token.map(Secret::new);
        let iat = UnixTime::from_secs(seconds);
        let said = Said {
            jti: &jti,
            htm: method,
            url: &url,
            iat,
            access_token: token.as_ref(),
            nonce: nonce.as_deref(),
        };
        let text = jws::assemble(&said.signing_input(key.alg, &public_jwk(&key)), b"s");
        let read = Proof::parse(&text).unwrap();
        assert_eq!(read.key.thumbprint(), key.thumbprint());
        assert!(read.is_for(&url) && !read.is_for(&format!("{}x", dpop::target(&url))));
        assert_eq!(token.as_ref().is_some_and(|token| read.is_with(token)), token.is_some());
        assert_eq!(read.key, PublicKey { kid: None, ..key });
        let (htm, htu) = (method.to_owned(), dpop::target(&url).to_owned());
        assert_eq!(read, Proof { key: read.key.clone(), jti, htm, htu, iat, ath: read.ath.clone(), nonce });
    }

    #[test]
    fn a_logout_request_reads_as_it_was_meant(
        asked in arbitrary::logout(),
        page in arbitrary::endpoint(),
    ) {
        let query = asked.to_query();
        let read = LogoutRequest::read(&Form::parse(query.as_bytes()).unwrap());
        assert_eq!(read.as_ref(), Ok(&asked));
        let back = logout::after(&page, asked.state.as_deref());
        assert!(back.starts_with(&page));
        if let Some(state) = &asked.state {
            let (_, query) = back.split_once('?').unwrap();
            let form = Form::parse(query.as_bytes());
            // The page may have a query of its own, which need not be a form.
            if let Ok(form) = form {
                assert!(form.all("state").any(|said| said == state));
            }
            let farewell = client::Farewell { page: &page, state: Some(state) };
            let own = format!("state={}", form::encode(state));
            assert!(farewell.is_over(&own));
        } else {
            assert_eq!(back, page);
        }
    }

    #[test]
    fn a_token_and_a_hint_read_as_they_were_meant(token in arbitrary::word()) {
        for hint in [TokenTypeHint::AccessToken, TokenTypeHint::RefreshToken] {
            let form = revocation::to_form(&Secret::new(token.clone()), hint);
            let form = Form::parse(form.as_bytes()).unwrap();
            assert_eq!(form.one("token"), Ok(Some(token.as_str())));
            assert_eq!(form.one("token_type_hint"), Ok(Some(hint.name())));
        }
    }

    #[test]
    fn a_token_request_reads_as_its_fields(
        [code, redirect_uri, verifier, scope, resource] in proptest::array::uniform5(arbitrary::word()),
        is_full in any::<bool>(),
    ) {
        let (code, verifier) = (Secret::new(code), Secret::new(verifier));
        let redeem = TokenRequest::AuthorizationCode {
            code: &code,
            redirect_uri: &redirect_uri,
            code_verifier: Some(&verifier).filter(|_| is_full),
            resource: given(&resource, is_full),
        };
        let refresh = TokenRequest::RefreshToken {
            refresh_token: &code,
            scope: given(&scope, is_full),
            resource: given(&resource, is_full),
        };
        let redeem = redeem.to_form();
        let form = Form::parse(redeem.as_bytes()).unwrap();
        assert_eq!(form.one("grant_type"), Ok(Some("authorization_code")));
        assert_eq!(form.one("code"), Ok(Some(code.expose())));
        assert_eq!(form.one("redirect_uri"), Ok(Some(redirect_uri.as_str())));
        assert_eq!(form.one("code_verifier"), Ok(given(verifier.expose(), is_full)));
        assert_eq!(form.one("resource"), Ok(given(resource.as_str(), is_full)));
        let refresh = refresh.to_form();
        let form = Form::parse(refresh.as_bytes()).unwrap();
        assert_eq!(form.one("grant_type"), Ok(Some("refresh_token")));
        assert_eq!(form.one("refresh_token"), Ok(Some(code.expose())));
        assert_eq!(form.one("scope"), Ok(given(scope.as_str(), is_full)));
        assert_eq!(form.one("resource"), Ok(given(resource.as_str(), is_full)));
    }

    #[test]
    fn words_read_as_they_are_spelled(
        scope in arbitrary::scope(),
        bytes in any::<[u8; 32]>(),
        uri in arbitrary::endpoint(),
    ) {
        assert_eq!(ScopeSet::parse(&scope.to_text()).as_ref(), Ok(&scope));
        let challenge = Challenge::from_bytes(bytes);
        assert_eq!(Challenge::parse(&challenge.to_text()), Some(challenge));
        let text = grantflow::base64url::encode(bytes);
        assert_eq!(grantflow::base64url::decode(&text), Some(bytes.to_vec()));
        let redirect = RedirectUri::parse(&uri).unwrap();
        assert_eq!(redirect.as_str(), &uri);
        assert!(redirect.is_exactly(&uri));
        if let Ok(issuer) = Issuer::parse(&uri) {
            assert_eq!(issuer.as_str(), &uri);
        }
    }
}

#[test]
fn every_word_of_a_list_reads_as_it_is_spelled() {
    for method in
        [Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete, Method::Options]
    {
        assert_eq!(Method::parse(method.as_str()), method);
    }
    for alg in Algorithm::ALL {
        assert_eq!(Algorithm::parse(alg.name()), Some(alg));
    }
    for method in AuthMethod::ALL {
        assert_eq!(AuthMethod::parse(method.name()), Some(method));
    }
    for kind in GrantType::ALL {
        assert_eq!(GrantType::parse(kind.name()), Some(kind));
    }
    for kind in [ApplicationType::Web, ApplicationType::Native] {
        assert_eq!(ApplicationType::parse(kind.name()), Some(kind));
    }
    for mode in ResponseMode::ALL {
        assert_eq!(ResponseMode::parse(mode.name()), Some(mode));
    }
    for prompt in [Prompt::None, Prompt::Login, Prompt::Consent, Prompt::SelectAccount] {
        assert_eq!(Prompt::parse(prompt.as_str()), Some(prompt));
    }
}
