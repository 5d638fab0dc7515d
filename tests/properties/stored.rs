//! What is stored or sealed comes back as it was, and never as anything else.

use std::sync::LazyLock;
use std::time::Duration;

use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, Profile, RecordKey, Seed, storage_key_of,
};
use grantflow::pkce::Challenge;
use grantflow::scope::ScopeSet;
use grantflow::server::client::Links;
use grantflow::server::grant::{Agreement, AskedClaims, Death, Grant, Phase, Terms, Writer};
use grantflow::server::remember::{Remembered, Yes};
use grantflow::server::{self, Record, path};
use grantflow::uri::RedirectUri;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Request};
use grantflow::wire::registration::{ApplicationType, AuthMethod, GrantType};
use proptest::collection::vec;
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::fuzz::host::{Answer, Host};
use crate::fuzz::stored::{self, DOORS, KINDS, knock, open};
use crate::fuzz::world::{self, ISSUER, SEALING, WEB};
use crate::{arbitrary, cases};

/// Grants as the server makes them, one whose code is out and one that lives, and the host that has
/// them, with everything it sealed.
struct Lived {
    host: Host,
    cookie: Option<String>,
    grants: Vec<Grant>,
    writers: Vec<Writer>,
    /// Everything that was sealed, each with its kind.
    sealed: Vec<((u8, &'static str), String)>,
}

static LIVED: LazyLock<Lived> = LazyLock::new(|| {
    let (mut host, mut cookie) = (world::host(1), None);
    let mut sealed = Vec::new();
    let url = |more: &[(&str, &str)]| {
        let query = world::query(WEB, world::CALLBACK, more);
        format!("{ISSUER}{}?{query}", path::AUTHORIZE)
    };
    let login = world::browse(&mut host, &mut None, Request::get(url(&[])));
    sealed.push((stored::VISIT, world::interaction(&login).unwrap()));
    world::sign_in(&mut host, &mut cookie);
    let (_, login) = cookie.as_deref().unwrap().split_once('=').unwrap();
    sealed.push((stored::LOGIN, login.into()));
    let consent = world::browse(&mut host, &mut cookie, Request::get(url(&[])));
    sealed.push((stored::CONSENT, world::interaction(&consent).unwrap()));
    for path in [path::DEVELOPER, path::LOGOUT] {
        let page = world::browse(&mut host, &mut cookie, Request::get(path));
        sealed.push((stored::FORM, world::interaction(&page).unwrap()));
    }
    let code = |host: &mut Host, cookie: &mut Option<String>, more: &[(&str, &str)]| {
        let back = world::agree(host, cookie, &url(more)).unwrap();
        let form = Form::parse(back.split_once('?').unwrap().1.as_bytes()).unwrap();
        form.field("code").to_owned()
    };
    let redeem = |host: &mut Host, code: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", world::CALLBACK),
            ("code_verifier", world::VERIFIER),
        ];
        host.send(&world::token_form(WEB, &fields))
    };
    let tokens = code(&mut host, &mut cookie, &[]);
    let tokens = redeem(&mut host, &tokens);
    sealed.push((stored::ACCESS, tokens.member("access_token").unwrap()));
    sealed.push((stored::REFRESH, tokens.member("refresh_token").unwrap()));
    let signed = code(&mut host, &mut cookie, &[("resource", world::API)]);
    let signed = redeem(&mut host, &signed).member("access_token").unwrap();
    let claims = grantflow_tests::payload(&signed);
    sealed.push((stored::JTI, claims["jti"].as_str().unwrap().into()));
    sealed.push((stored::CODE, code(&mut host, &mut cookie, &[])));
    let body = r#"{"redirect_uris":["https://new.test/cb"]}"#;
    let registered = host.send(&Request {
        headers: Headers::new().with("content-type", "application/json"),
        ..Request::form(path::REGISTER, body)
    });
    let token = registered.member("registration_access_token").unwrap();
    sealed.push((stored::REGISTRATION, token));
    let grants = host.store.values().filter_map(|found| match &found.record {
        Record::Grant(grant) => Some((**grant).clone()),
        _ => None,
    });
    let grants: Vec<_> = grants.collect();
    let writers = grants.iter().filter_map(|grant| match grant.phase {
        Phase::Live { writer, .. } => Some(writer),
        Phase::Coded { .. } | Phase::Dead { .. } => None,
    });
    let writers = writers.collect();
    Lived { host, cookie, grants, writers, sealed }
});

fn writer() -> impl Strategy<Value = Writer> {
    any::<Index>().prop_map(|at| *at.get(&LIVED.writers))
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        arbitrary::time().prop_map(|until| Phase::Coded { until }),
        (any::<u32>(), arbitrary::time(), writer())
            .prop_map(|(turn, turned, writer)| Phase::Live { turn, turned, writer }),
        select(vec![Death::Expired, Death::Replayed, Death::Revoked])
            .prop_map(|why| Phase::Dead { why }),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(arbitrary::text(), 0..4)
}

fn agreement() -> impl Strategy<Value = Agreement> {
    let places = (arbitrary::text(), arbitrary::text(), maybe(arbitrary::text()));
    let claims = (texts(), texts());
    let times = (arbitrary::time(), maybe(arbitrary::time()));
    (places, claims, times, any::<Option<[u8; 32]>>()).prop_map(
        |((subject, redirect_uri, nonce), (userinfo, id_token), (auth_time, until), challenge)| {
            Agreement {
                subject,
                auth_time,
                redirect_uri,
                challenge: challenge.map(Challenge::from_bytes),
                nonce,
                claims: AskedClaims { userinfo, id_token },
                refresh_until: until,
            }
        },
    )
}

/// A set of words, which may be none.
fn scope() -> impl Strategy<Value = ScopeSet> {
    maybe(arbitrary::scope()).prop_map(Option::unwrap_or_default)
}

fn grant() -> impl Strategy<Value = Grant> {
    let named = (any::<Index>(), arbitrary::text(), scope(), texts());
    (named, maybe(agreement()), arbitrary::time(), arbitrary::time(), phase()).prop_map(
        |((at, client_id, scope, resources), agreed, born, dies, phase)| {
            let id = at.get(&LIVED.grants).terms.id;
            let terms = Terms { id, client_id, scope, resources, agreed, born, dies };
            Grant { terms, phase }
        },
    )
}

fn uris() -> impl Strategy<Value = Vec<RedirectUri>> {
    let uri = arbitrary::endpoint().prop_map(|uri| RedirectUri::parse(&uri).unwrap());
    vec(uri, 0..3)
}

fn client() -> impl Strategy<Value = server::Client> {
    let words = (arbitrary::text(), arbitrary::text(), vec(maybe(arbitrary::text()), 3));
    let lists = (uris(), uris(), arbitrary::jwks(), vec(select(GrantType::ALL.to_vec()), 0..3));
    let kinds = (
        select(AuthMethod::ALL.to_vec()),
        maybe(arbitrary::algorithm()),
        select(vec![ApplicationType::Web, ApplicationType::Native]),
        maybe(arbitrary::algorithm()),
        maybe(arbitrary::scope()),
    );
    let rest = (any::<Option<u64>>(), any::<(bool, bool)>());
    let times = (arbitrary::time(), maybe(arbitrary::time()), maybe(arbitrary::time()));
    (words, lists, kinds, rest, times).prop_map(|(words, lists, kinds, rest, times)| {
        let (client_id, name, mut links) = words;
        let mut link = || links.pop().flatten();
        let (max_age, (is_trusted, has_secret)) = rest;
        let said = world::declarations();
        // A secret is nothing that a test can make up.
        let app = &said[usize::from(!has_secret)];
        let mut client = server::Client::declare(app, times.0).unwrap();
        client.client_id = client_id;
        client.name = name;
        client.links = Links { client_uri: link(), policy_uri: link(), tos_uri: link() };
        client.redirect_uris = lists.0;
        client.post_logout_redirect_uris = lists.1;
        client.token_endpoint_auth_method = kinds.0;
        client.token_endpoint_auth_signing_alg = kinds.1;
        client.jwks = lists.2;
        client.grant_types = lists.3;
        client.application_type = kinds.2;
        client.scope = kinds.4;
        client.id_token_signed_response_alg = kinds.3;
        client.default_max_age = max_age.map(Duration::from_secs);
        client.is_trusted = is_trusted;
        client.removed = times.1;
        client.until = times.2;
        client
    })
}

fn remembered() -> impl Strategy<Value = Remembered> {
    let yes = (arbitrary::text(), scope(), texts(), arbitrary::time());
    let yes =
        yes.prop_map(|(resource, scope, claims, until)| Yes { resource, scope, claims, until });
    vec(yes, 0..4).prop_map(|answers| Remembered { answers })
}

/// Any record of any kind.
fn record() -> impl Strategy<Value = Record> {
    let mark = LIVED.host.store.values().find_map(|found| match found.record {
        Record::Origin(mark) => Some(mark),
        _ => None,
    });
    let mark = mark.unwrap();
    prop_oneof![
        client().prop_map(|client| Record::Client(Box::new(client))),
        grant().prop_map(|grant| Record::Grant(Box::new(grant))),
        texts().prop_map(Record::Developer),
        remembered().prop_map(|it| Record::Consent(Box::new(it))),
        (writer(), arbitrary::time())
            .prop_map(|(writer, until)| Record::Assertion { writer, until }),
        maybe(arbitrary::time()).prop_map(move |until| {
            let mut mark = mark;
            mark.until = until;
            Record::Origin(mark)
        }),
    ]
}

proptest! {
    #![proptest_config(cases(384))]

    #[test]
    fn a_record_reads_back_whole_or_not_at_all(
        record in record(),
        more in any::<u8>(),
        version in any::<u8>(),
    ) {
        let bytes = record.encode();
        assert_eq!(Record::decode(&bytes).as_ref(), Ok(&record));
        assert_eq!(Record::decode(&bytes).map(|again| again.encode()), Ok(bytes.clone()));
        assert_eq!(Record::decode(&bytes).map(|again| again.dies()), Ok(record.dies()));
        for end in 0..bytes.len() {
            assert!(Record::decode(&bytes[..end]).is_err(), "{end} bytes");
        }
        // Of another version, or of a kind that nobody knows.
        let other = [&[version], &bytes[1..]].concat();
        assert_eq!(Record::decode(&other).is_ok(), version == bytes[0]);
        let other = [&bytes[..1], &[version | 0x80], &bytes[2..]].concat();
        assert!(Record::decode(&other).is_err());
        assert!(Record::decode(&[bytes, vec![more]].concat()).is_err());
    }

    #[test]
    fn a_login_comes_back_from_storage_and_from_a_cookie(
        seed in any::<[u8; 32]>(),
        now in arbitrary::time(),
        scope in arbitrary::scope(),
        resources in vec(arbitrary::text(), 0..3),
        max_age in any::<Option<u64>>(),
        return_to in arbitrary::return_to(),
        key in any::<[u8; 32]>(),
        bit in any::<Index>(),
        version in any::<u8>(),
    ) {
        let asked = Asked {
            resources,
            max_age: max_age.map(Duration::from_secs),
            return_to: return_to.clone(),
            ..Asked::of(scope)
        };
        let redirect = app().login(Seed::new(seed), asked, now);
        let record = redirect.login.encode();
        let decoded = AwaitingCallback::decode(&record);
        assert_eq!(decoded.as_ref(), Ok(&redirect.login));
        assert_eq!(decoded.map(|login| login.encode()), Ok(record.clone()));
        let mut other = grantflow::base64url::decode(&record).unwrap();
        let is_same = std::mem::replace(&mut other[0], version) == version;
        let other = AwaitingCallback::decode(&grantflow::base64url::encode(other));
        assert_eq!(other.is_ok(), is_same);
        assert_eq!(redirect.login.return_to(), return_to.as_str());
        assert_eq!(redirect.login.dies(), now + Duration::from_secs(900));
        let (_, query) = redirect.url.split_once('?').unwrap();
        let sent = Form::parse(query.as_bytes()).unwrap();
        let back = format!("code=c&state={}", sent.field("state"));
        assert_eq!(storage_key_of(&back), Ok(Some(redirect.login.storage_key())));
        for secret in ["state", "nonce"] {
            assert!(!record.contains(sent.field(secret)));
        }

        let sealed = redirect.login.seal(&RecordKey::new(key));
        let opened = AwaitingCallback::open(&sealed, &RecordKey::new(key));
        assert_eq!(opened, Ok(redirect.login));
        let mut other = key;
        other[bit.index(32)] ^= 1;
        assert!(AwaitingCallback::open(&sealed, &RecordKey::new(other)).is_err());
        let mut forged = sealed.into_bytes();
        let at = bit.index(forged.len());
        forged[at] ^= 1;
        let forged = String::from_utf8(forged).unwrap();
        assert!(AwaitingCallback::open(&forged, &RecordKey::new(key)).is_err(), "{forged}");
        assert!(AwaitingCallback::open(&record, &RecordKey::new(key)).is_err());
    }

    #[test]
    fn what_is_sealed_opens_as_it_was_sealed_and_for_nobody_else(
        contents in vec(any::<u8>(), 0..200),
        kind in select(KINDS.to_vec()),
        key in any::<[u8; 32]>(),
        bit in any::<Index>(),
    ) {
        let sealed = stored::seal(&key, kind, &contents);
        assert_eq!(open(&key, &sealed), Some((kind.0, contents)));
        let mut other = key;
        other[bit.index(32)] ^= 1;
        assert_eq!(open(&other, &sealed), None);
    }
}

proptest! {
    // Each of them knocks at thirteen doors.
    #![proptest_config(cases(48))]

    #[test]
    fn what_is_sealed_opens_nothing_once_a_bit_is_changed(
        which in any::<Index>(),
        bit in any::<Index>(),
    ) {
        let ((_, prefix), text) = which.get(&LIVED.sealed);
        let mut bytes = grantflow::base64url::decode(&text[prefix.len()..]).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let forged = format!("{prefix}{}", grantflow::base64url::encode(&bytes));
        assert_eq!(open(&SEALING, &forged), None);
        assert!(knock_as_alice(&forged) == knock_as_alice("x"), "{text} with bit {bit} changed");
    }
}

#[test]
fn what_is_sealed_opens_at_its_own_doors_and_at_no_others() {
    let nothing = knock_as_alice("x");
    let mut opened = Vec::new();
    for (kind, text) in &LIVED.sealed {
        assert_eq!(open(&SEALING, text).map(|(kind, _)| kind), Some(kind.0), "{kind:?}");
        // Under its own prefix and that of every other kind.
        let (own, body) = text.split_at(kind.1.len());
        for prefix in KINDS.map(|(_, prefix)| prefix) {
            let answers = knock_as_alice(&format!("{prefix}{body}"));
            for ((door, opens), (answer, nothing)) in DOORS.iter().zip(answers.iter().zip(&nothing))
            {
                let is_open = answer != nothing;
                assert!(!is_open || (opens.contains(kind) && prefix == own), "{kind:?} {door}");
                if is_open {
                    opened.push((*door, *kind));
                }
            }
        }
    }
    for (door, opens) in DOORS {
        for kind in opens {
            // A registration opens the door of another client only.
            let is_open = opened.contains(&(door, *kind)) || *kind == stored::REGISTRATION;
            // Revocation says the same of everything.
            assert!(is_open || door == "revocation", "{kind:?} does not open {door}");
        }
    }
}

#[test]
fn what_another_server_sealed_opens_nothing() {
    let nothing = knock_as_alice("x");
    for (kind, text) in &LIVED.sealed {
        let (_, contents) = open(&SEALING, text).unwrap();
        let foreign = stored::seal(&[8; 32], *kind, &contents);
        assert!(knock_as_alice(&foreign) == nothing, "{kind:?}");
        assert_eq!(stored::seal(&SEALING, *kind, &contents), *text, "the format is another");
    }
}

fn knock_as_alice(sealed: &str) -> [Answer; 13] {
    knock(&LIVED.host, LIVED.cookie.as_deref(), sealed)
}

fn app() -> Client {
    let profile = Profile::new(ISSUER, "app", "https://app.test/cb", Credentials::Public).unwrap();
    let below = |path: &str| format!("{ISSUER}{path}");
    let metadata = ServerMetadata {
        authorization_endpoint: below("/authorize"),
        token_endpoint: below("/token"),
        ..ServerMetadata::new(ISSUER)
    };
    Client::new(profile, metadata).unwrap()
}
