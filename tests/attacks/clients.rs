//! 6. Client authentication.

use grantflow::server::{Declaration, Page, path};
use grantflow::wire::http::Request;
use grantflow::wire::registration::{AuthMethod, ClientMetadata};
use grantflow_tests::{
    CLIENT_ID, CLIENT_SECRET, ISSUER, PUBLIC_ID, World, basic, confidential, own_form,
};

use crate::common::{Change, ask, asked_of, dump, form, holds, redeem, refused, took};

const POSTING: &str = "posting";

/// The guide's world, and a client that sends its secret in the form.
fn world() -> World {
    let mut world = World::new();
    world.register(&Declaration {
        client_id: POSTING.into(),
        metadata: ClientMetadata {
            token_endpoint_auth_method: Some(AuthMethod::ClientSecretPost),
            ..confidential().metadata
        },
        ..confidential()
    });
    world
}

fn code(world: &mut World, client_id: &str) -> String {
    world.approve(&ask(&[("client_id", Some(client_id))])).field("code").to_owned()
}

fn with_header(code: &str, header: &str, change: Change<'_>) -> Request {
    let mut request = form(code, change);
    request.headers.push("authorization", header);
    request
}

#[test]
fn a_100_who_is_not_known_is_told_what_who_has_the_wrong_secret_is_told() {
    let mut world = world();
    let code = code(&mut world, CLIENT_ID);
    let mut told = Vec::new();
    for (id, secret) in [
        ("nobody", CLIENT_SECRET),
        (CLIENT_ID, "wrong"),
        (CLIENT_ID, ""),
        (CLIENT_ID, "your_client_secres"),
        (PUBLIC_ID, "x"),
        (POSTING, CLIENT_SECRET),
    ] {
        let request = with_header(&code, &basic(id, secret), &[]);
        // The same questions, too: time tells as much as words.
        assert_eq!(asked_of(&mut world, &request).0, ["read client", "failed", "end"], "{id}");
        let (response, body) = refused(&mut world, &request, 401, "invalid_client");
        assert_eq!(body["error_description"], "Invalid client credentials");
        let challenge = response.headers.first("www-authenticate").unwrap();
        assert!(challenge.starts_with("Basic realm="), "{challenge}");
        told.push(response);
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]), "{told:?}");
    // Who says nothing of who they are has not failed: the guide has 400 for it.
    refused(&mut world, &form(&code, &[]), 400, "invalid_request");
}

#[test]
fn a_100_the_right_secret_is_believed() {
    let mut world = world();
    let code = code(&mut world, CLIENT_ID);
    let _ = took(&mut world, &redeem(&code, &[]));
}

#[test]
fn a_101_a_header_that_is_not_well_made_proves_nothing() {
    let mut world = world();
    let code = code(&mut world, CLIENT_ID);
    let good = basic(CLIENT_ID, CLIENT_SECRET);
    let encoded = good.strip_prefix("Basic ").unwrap();
    for header in [
        "Basic".to_owned(),
        "Basic ".into(),
        format!("Basic {}", &encoded[1..]),
        format!("Basic {encoded}="),
        format!("Basic {}", encoded.trim_end_matches('=').to_owned() + "%"),
        format!("Basic {encoded} x"),
        format!("Bearer {encoded}"),
        "Basic YWI=".into(),
        "Basic /////w==".into(),
    ] {
        let (response, _) =
            refused(&mut world, &with_header(&code, &header, &[]), 401, "invalid_client");
        assert!(response.headers.first("www-authenticate").unwrap().starts_with("Basic realm="));
    }
}

#[test]
fn a_101_the_scheme_may_be_spelled_in_any_case() {
    let mut world = world();
    for scheme in ["basic", "BASIC", "Basic"] {
        let code = code(&mut world, CLIENT_ID);
        let header = basic(CLIENT_ID, CLIENT_SECRET).replace("Basic", scheme);
        let _ = took(&mut world, &with_header(&code, &header, &[]));
    }
}

#[test]
fn a_102_two_proofs_are_one_too_many() {
    let mut world = world();
    let code = code(&mut world, CLIENT_ID);
    for more in [
        ("client_secret", Some(CLIENT_SECRET)),
        ("client_secret", Some("x")),
        ("client_assertion", Some("x.y.z")),
    ] {
        refused(&mut world, &redeem(&code, &[more]), 400, "invalid_request");
    }
    let mut twice = redeem(&code, &[]);
    twice.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    refused(&mut world, &twice, 400, "invalid_request");
    let _ = took(&mut world, &redeem(&code, &[]));
}

#[test]
fn a_103_a_proof_of_another_kind_than_was_registered_is_none() {
    let mut world = world();
    let (one, other) = (code(&mut world, CLIENT_ID), code(&mut world, POSTING));
    let posted = |id| [("client_id", Some(id)), ("client_secret", Some(CLIENT_SECRET))];
    refused(&mut world, &form(&one, &posted(CLIENT_ID)), 401, "invalid_client");
    let header = basic(POSTING, CLIENT_SECRET);
    refused(&mut world, &with_header(&other, &header, &[]), 401, "invalid_client");
    refused(&mut world, &form(&one, &posted(PUBLIC_ID)), 401, "invalid_client");
    // Each by its own.
    let _ = took(&mut world, &redeem(&one, &[]));
    let _ = took(&mut world, &form(&other, &posted(POSTING)));
}

#[test]
fn a_104_a_client_that_has_a_secret_never_does_without() {
    let mut world = world();
    let (one, other) = (code(&mut world, CLIENT_ID), code(&mut world, POSTING));
    for (code, id) in [(&one, CLIENT_ID), (&other, POSTING)] {
        refused(&mut world, &form(code, &[("client_id", Some(id))]), 401, "invalid_client");
        // An empty parameter is one that is not there.
        let empty = [("client_id", Some(id)), ("client_secret", Some(""))];
        refused(&mut world, &form(code, &empty), 401, "invalid_client");
        refused(&mut world, &with_header(code, &basic(id, ""), &[]), 401, "invalid_client");
    }
    // Nor can one be stored without.
    let bare = Declaration { client_secret: None, ..confidential() };
    assert!(grantflow::server::Client::declare(&bare, world.now).is_err());
}

#[test]
fn a_104_a_client_without_a_secret_says_only_who_it_is() {
    let mut world = world();
    let change = [crate::common::PKCE, &[("client_id", Some(PUBLIC_ID))]].concat();
    let code = world.approve(&ask(&change)).field("code").to_owned();
    let _ = took(&mut world, &crate::common::public(&code, Some(grantflow_tests::VERIFIER)));
}

#[test]
fn a_105_a_request_from_two_clients_is_from_none() {
    let mut world = world();
    let code = code(&mut world, CLIENT_ID);
    for other in [PUBLIC_ID, POSTING, "nobody"] {
        refused(&mut world, &redeem(&code, &[("client_id", Some(other))]), 400, "invalid_request");
    }
    let _ = took(&mut world, &redeem(&code, &[("client_id", Some(CLIENT_ID))]));
}

#[test]
fn a_107_the_store_knows_no_secret_and_no_token() {
    let mut world = world();
    let tokens = crate::common::offline(&mut world);
    // One that the server made up, and shows this once.
    let Page::Developer(page) = developer(&mut world) else { panic!() };
    let fields = [
        ("interaction", &*page.interaction),
        ("action", "create"),
        ("name", "App"),
        ("redirect_uris", grantflow_tests::CALLBACK),
        ("kind", "confidential"),
    ];
    let shown = world.browse(own_form(path::DEVELOPER, &fields)).page().page;
    let Page::Registered(shown) = shown else { panic!("{shown:?}") };
    let made = shown.client_secret.unwrap();
    let stored = dump(&world);
    for secret in [CLIENT_SECRET, made.expose(), "wonderland"] {
        assert!(!holds(&stored, secret.as_bytes()));
    }
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(!holds(&stored, tokens[name].as_str().unwrap().as_bytes()), "{name}");
    }
    // And it is good; whoever looks at the page again does not see it.
    let Page::Developer(page) = developer(&mut world) else { panic!() };
    assert!(!format!("{page:?}").contains(made.expose()));
    let id = shown.app.client_id;
    let code = code(&mut world, &id);
    let _ = took(&mut world, &with_header(&code, &basic(&id, made.expose()), &[]));
}

fn developer(world: &mut World) -> Page {
    world.browse(Request::get(format!("{ISSUER}{}", path::DEVELOPER))).page().page
}
