//! The modules of the RP-Initiated Logout plan.

use grantflow::key::Algorithm;
use grantflow::server::Page;
use grantflow::wire::callback::ResponseMode;
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;
use grantflow_tests::{Answer, CLIENT_ID, ISSUER, Owner, json, own_form, query};
use serde_json::json;

use crate::suite::{GOODBYE, Suite};

/// As odd as the suite makes it.
const STATE: &str = "abcXYZ0123456789!\"#$%&'()*,-./:<=>?@[\\]^_`{|}~";

/// Where a request to sign out led, every page on the way answered with yes.
#[derive(Debug, Eq, PartialEq)]
enum End {
    /// Back to the app, with these parameters.
    Back(String),
    /// The provider says that nobody is signed in any more.
    SignedOut,
    /// The provider refuses.
    Refused(&'static str),
}

struct Logout {
    suite: Suite,
    id_token: String,
}

impl Logout {
    /// Alice is signed in, and the client has her ID token.
    fn new() -> Self {
        let mut suite = Suite::new(ResponseMode::Query);
        let tokens = suite.flow(&[]);
        let id_token = tokens["id_token"].as_str().unwrap().into();
        Self { suite, id_token }
    }

    fn ask(&mut self, fields: &[(&str, &str)]) -> End {
        let url = format!("{ISSUER}/oauth2/logout?{}", query(fields));
        let mut answer = self.suite.world.browse(Request::get(url));
        loop {
            answer = match answer {
                Answer::Page(show) => match show.page {
                    Page::SignOut(page) => {
                        let fields = [("interaction", page.interaction.as_str())];
                        self.suite.world.browse(own_form("/oauth2/logout", &fields))
                    }
                    Page::SignedOut => return End::SignedOut,
                    Page::Error(page) => return End::Refused(page.error_description),
                    page => panic!("another page: {page:?}"),
                },
                Answer::Response(response) => {
                    assert_eq!(response.status, 303);
                    let location = response.headers.first("location").unwrap().to_owned();
                    if !location.starts_with(ISSUER) {
                        return End::Back(location);
                    }
                    self.suite.world.browse(Request::get(location))
                }
                Answer::Admitted(access) => panic!("admitted: {access:?}"),
            }
        }
    }

    fn is_signed_in(&mut self) -> bool {
        let ask = self.suite.ask(&[("prompt", Some("none"))]);
        let back = self.suite.visit(&ask).answer();
        match back.one("error").unwrap() {
            None => true,
            Some(error) => {
                assert_eq!(error, "login_required");
                let _ = Suite::error_in(&back, &ask);
                false
            }
        }
    }
}

mod oidcc_rp_initiated_logout_certification_test_plan {
    use super::*;

    #[test]
    fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
        let mut suite = Suite::new(ResponseMode::Query);
        let document = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
        let metadata = json(&suite.send(&document));
        assert_eq!(metadata["end_session_endpoint"], format!("{ISSUER}/oauth2/logout"));
    }

    #[test]
    fn oidcc_rp_initiated_logout() {
        let mut logout = Logout::new();
        let hint = logout.id_token.clone();
        let fields = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", GOODBYE),
            ("state", STATE),
        ];
        let End::Back(location) = logout.ask(&fields) else { panic!() };
        let (uri, query) = location.split_once('?').unwrap();
        assert_eq!(uri, GOODBYE);
        let query = Form::parse(query.as_bytes()).unwrap();
        assert_eq!(query.iter().collect::<Vec<_>>(), [("state", STATE)]);
        assert!(!logout.is_signed_in());
    }

    #[test]
    fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
        let mut logout = Logout::new();
        let hint = logout.id_token.clone();
        let bad = "https://yourapp.com/bad_post_logout_redirect_uri";
        let fields =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", bad), ("state", STATE)];
        let refused = End::Refused("Invalid post_logout_redirect_uri");
        assert_eq!(logout.ask(&fields), refused);
    }

    #[test]
    fn oidcc_rp_initiated_logout_modified_id_token_hint() {
        let mut logout = Logout::new();
        let claims = logout.id_token.split('.').nth(1).unwrap().to_owned();
        let unsigned = format!("{}.{claims}.", grantflow::base64url::encode(r#"{"alg":"none"}"#));
        let fields = [
            ("id_token_hint", unsigned.as_str()),
            ("post_logout_redirect_uri", GOODBYE),
            ("state", STATE),
        ];
        assert_eq!(logout.ask(&fields), End::Refused("Invalid id_token_hint"));
        assert!(logout.is_signed_in());
    }

    #[test]
    fn oidcc_rp_initiated_logout_no_id_token_hint() {
        let mut logout = Logout::new();
        let fields = [("post_logout_redirect_uri", GOODBYE), ("state", STATE)];
        let refused = End::Refused("Invalid post_logout_redirect_uri");
        assert_eq!(logout.ask(&fields), refused);
    }

    #[test]
    fn oidcc_rp_initiated_logout_no_params() {
        let mut logout = Logout::new();
        assert_eq!(logout.ask(&[]), End::SignedOut);
        assert!(!logout.is_signed_in());
    }

    #[test]
    fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
        let mut logout = Logout::new();
        let hint = logout.id_token.clone();
        let fields = [("id_token_hint", hint.as_str()), ("state", STATE)];
        assert_eq!(logout.ask(&fields), End::SignedOut);
        assert!(!logout.is_signed_in());
    }

    #[test]
    fn oidcc_rp_initiated_logout_no_state() {
        let mut logout = Logout::new();
        let hint = logout.id_token.clone();
        let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", GOODBYE)];
        assert_eq!(logout.ask(&fields), End::Back(GOODBYE.into()));
        assert!(!logout.is_signed_in());
    }

    #[test]
    fn oidcc_rp_initiated_logout_only_state() {
        let mut logout = Logout::new();
        assert_eq!(logout.ask(&[("state", STATE)]), End::SignedOut);
    }

    #[test]
    fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
        let mut logout = Logout::new();
        let hint = logout.id_token.clone();
        let longer = format!("{GOODBYE}?foo=bar");
        let fields = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", longer.as_str()),
            ("state", STATE),
        ];
        let refused = End::Refused("Invalid post_logout_redirect_uri");
        assert_eq!(logout.ask(&fields), refused);
    }

    #[test]
    fn oidcc_rp_initiated_logout_bad_id_token_hint() {
        let mut logout = Logout::new();
        let claims = |iss: &str, aud: &str| {
            json!({"iss": iss, "aud": aud, "sub": "made up", "iat": 1, "exp": 2}).to_string()
        };
        for bad in [
            Owner::Client.token(Algorithm::Rs256, "JWT", &claims(CLIENT_ID, ISSUER)),
            Owner::Client.token(Algorithm::Rs256, "JWT", &claims(ISSUER, CLIENT_ID)),
            // The name of our key, and another's signature.
            Owner::Stranger
                .token(Algorithm::Rs256, "JWT", &claims(ISSUER, CLIENT_ID))
                .replace(&kid_part(Owner::Stranger), &kid_part(Owner::Server)),
        ] {
            let fields = [
                ("id_token_hint", bad.as_str()),
                ("post_logout_redirect_uri", GOODBYE),
                ("state", STATE),
            ];
            let end = logout.ask(&fields);
            assert!(matches!(end, End::Refused(_)), "{end:?}");
        }
        assert!(logout.is_signed_in());
    }
}

/// The header of a token of that owner's.
fn kid_part(owner: Owner) -> String {
    owner.token(Algorithm::Rs256, "JWT", "{}").split('.').next().unwrap().to_owned()
}
