//! What a person sees: the core's pages as plain HTML forms, without a script.

mod consent;
mod developer;

use grantflow::server::page::{ErrorPage, LeavePage, LoginPage, LoginProblem, SignOutPage};
use grantflow::server::{Page, path};
use grantflow::uri;
use maud::{DOCTYPE, Markup, html};

/// The one style sheet.
pub(crate) const STYLE: &str = include_str!("../assets/style.css");

/// Where it is, below the issuer.
pub(crate) const STYLE_PATH: &str = "/assets/style.css";

/// What a page may load and who may frame it ([RFC 9700 §4.16]).
///
/// There is no `form-action`: browsers apply it to the redirect after a form, too, and so would
/// never let a person who approved go back to the app.
///
/// [RFC 9700 §4.16]: https://www.rfc-editor.org/rfc/rfc9700#section-4.16
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Draws a page of a server whose issuer has the path `base`.
pub(crate) fn draw(page: &Page, base: &str) -> String {
    match page {
        Page::Login(page) => login(page, base),
        Page::Consent(page) => consent::consent(page, base),
        Page::Leave(page) => leave(page, base),
        Page::Developer(page) => developer::developer(page, base),
        Page::Registered(page) => developer::registered(page, base),
        Page::SignOut(page) => sign_out(page, base),
        Page::SignedOut => signed_out(base),
        Page::Error(page) => error(*page, base),
    }
    .into_string()
}

/// Draws the front door.
pub(crate) fn index(base: &str) -> String {
    let body = html! {
        h1 tabindex="-1" autofocus { "Taskmaster" }
        p { "Your tasks, and the apps that you let near them." }
        ul.links {
            li {
                a #developer href={ (base) (path::DEVELOPER) } { "Developer" }
                " – register an app that signs people in here"
            }
            li {
                a #sign-out href={ (base) (path::LOGOUT) } { "Sign out" }
                " – of Taskmaster, in this browser"
            }
            li {
                a href={ (base) (path::OPENID_CONFIGURATION) } { "OpenID configuration" }
                " – for machines"
            }
        }
    };
    frame(base, "Taskmaster", &body).into_string()
}

fn frame(base: &str, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if title != "Taskmaster" { " · Taskmaster" } }
                link rel="stylesheet" href={ (base) (STYLE_PATH) };
            }
            body {
                header { a.brand href={ (base) "/" } { "Taskmaster" } }
                main { (body) }
            }
        }
    }
}

fn interaction(sealed: &str) -> Markup {
    html! { input type="hidden" name="interaction" value=(sealed); }
}

/// A name that a stranger chose: whatever turns letters around in it stays in it.
fn app_name(name: &str) -> Markup {
    html! { bdi { (name) } }
}

fn login(page: &LoginPage, base: &str) -> Markup {
    let problem = page.problem.map(|problem| match problem {
        LoginProblem::WrongPassword => "Username or password is wrong.",
        LoginProblem::Expired => "This page was open for too long. Please sign in again.",
    });
    let typed = !page.username.is_empty();
    let body = html! {
        h1 { "Sign in" }
        @if let Some(name) = &page.client_name {
            p { "to go on to " strong { (app_name(name)) } }
        }
        @if let Some(problem) = problem { p.problem #problem role="alert" { (problem) } }
        form method="post" action={ (base) (path::LOGIN) } {
            (interaction(&page.interaction))
            div.field {
                label for="username" { "Username" }
                input #username name="username" type="text" value=(page.username) required
                    autocomplete="username" autocapitalize="none" spellcheck="false"
                    autofocus[!typed] aria-describedby=[problem.map(|_| "problem")];
            }
            div.field {
                label for="password" { "Password" }
                input #password name="password" type="password" required
                    autocomplete="current-password"
                    autofocus[typed] aria-describedby=[problem.map(|_| "problem")];
            }
            div.actions { button.primary #login type="submit" { "Sign in" } }
        }
    };
    frame(base, "Sign in", &body)
}

/// An app that nobody vouches for is reached by the person's own click.
fn leave(page: &LeavePage, base: &str) -> Markup {
    let to = uri::origin(&page.redirect_uri).unwrap_or(&page.redirect_uri);
    let body = html! {
        h1 tabindex="-1" autofocus { "Go on to another site?" }
        p {
            strong { (app_name(&page.client_name)) } " wants you at " strong { (to) }
            ". Nobody vouches for this app: it registered by itself. It has learned nothing new about you."
        }
        div.actions { a.primary #leave href=(page.location) rel="noreferrer" { "Go on to " (to) } }
        p { a href={ (base) "/" } { "Stay here" } }
    };
    frame(base, "Leaving", &body)
}

fn sign_out(page: &SignOutPage, base: &str) -> Markup {
    let body = html! {
        h1 tabindex="-1" autofocus { "Sign out?" }
        @if let Some(name) = &page.client_name {
            p { strong { (app_name(name)) } " asks you to sign out of Taskmaster." }
        }
        p { "You are signed in as " strong { (page.username) } "." }
        p.note { "Apps that you let in stay signed in until their tokens end." }
        form method="post" action={ (base) (path::LOGOUT) } {
            (interaction(&page.interaction))
            div.actions { button.primary #logout type="submit" { "Sign out" } }
        }
    };
    frame(base, "Sign out", &body)
}

fn signed_out(base: &str) -> Markup {
    let body = html! {
        h1 tabindex="-1" autofocus { "You are signed out" }
        p { a href={ (base) "/" } { "Back to Taskmaster" } }
    };
    frame(base, "Signed out", &body)
}

fn error(page: ErrorPage, base: &str) -> Markup {
    let body = html! {
        h1 tabindex="-1" autofocus { "That did not work" }
        p {
            "This request stops here and gave nothing to anybody. Go back to the app and begin "
            "again; if that does not help, its developer will want to read this."
        }
        dl {
            dt { "error" }
            dd { code #error { (page.error) } }
            dt { "error_description" }
            dd #error_description { (page.error_description) }
        }
    };
    frame(base, "Error", &body)
}

#[cfg(test)]
mod tests {
    use grantflow::secret::Secret;
    use grantflow::server::client::Links;
    use grantflow::server::page::{
        App, AppForm, ConsentPage, DeveloperPage, FormProblem, RegisteredPage, ScopeLine,
        UriWarning, WarningKind,
    };

    use super::*;

    #[test]
    fn every_page_has_one_heading_one_main_and_no_script() {
        for page in pages() {
            let html = draw(&page, "/tenant");
            for one in ["<h1", "<main", "<title>", "<html lang=\"en\">", " autofocus"] {
                assert_eq!(html.matches(one).count(), 1, "{one} in {html}");
            }
            for none in ["<script", " style=", " onclick", "javascript:", "action=\"/oauth2"] {
                assert!(!html.contains(none), "{none} in {html}");
            }
            assert!(html.contains("href=\"/tenant/assets/style.css\""));
        }
    }

    #[test]
    fn every_field_has_a_label() {
        for page in pages() {
            let html = draw(&page, "");
            for input in html.split("<input ").skip(1).chain(html.split("<textarea ").skip(1)) {
                let tag = input.split('>').next().unwrap();
                if tag.contains("type=\"hidden\"") {
                    continue;
                }
                let id = tag.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
                assert!(html.contains(&format!("<label for=\"{id}\">")), "{id}");
            }
        }
    }

    #[test]
    fn a_122_what_others_wrote_is_escaped() {
        for page in pages() {
            let html = draw(&page, "");
            assert!(!html.contains("<img"), "{html}");
            assert!(!html.contains(HOSTILE), "{html}");
        }
    }

    #[test]
    fn a_122_the_name_of_an_app_cannot_turn_the_sentence_around_it() {
        let name = |html: &str| html.matches("<bdi>&quot;&gt;&lt;img").count();
        let drawn: Vec<usize> = pages().iter().map(|page| name(&draw(page, ""))).collect();
        // On the developer page the buttons say it again, for those who only hear it.
        assert_eq!(drawn, [1, 1, 3, 1, 1, 0, 0, 1]);
    }

    #[test]
    fn the_stable_ids_are_there() {
        let drawn: Vec<String> = pages().iter().map(|page| draw(page, "")).collect();
        for (page, ids) in [
            (0, &["username", "password", "login"][..]),
            (1, &["approve", "deny", "scope-openid", "scope-email", "claim-phone_number"]),
            (2, &["name", "redirect_uris", "kind-confidential", "kind-public", "create"]),
            (
                2,
                &["rotate-app", "remove-app", "warning-twin-app", "warning-http", "warning-secret"],
            ),
            (3, &["client_id", "client_secret", "warning-twin"]),
            (6, &["error", "error_description"]),
            (7, &["leave"]),
        ] {
            for id in ids {
                assert_eq!(drawn[page].matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
            }
        }
    }

    #[test]
    fn openid_cannot_be_unticked_and_is_still_sent() {
        let html = draw(&pages()[1], "");
        assert!(html.contains(
            "<input id=\"scope-openid\" type=\"checkbox\" name=\"scope\" value=\"openid\" checked disabled>"
        ));
        assert!(html.contains("<input type=\"hidden\" name=\"scope\" value=\"openid\">"));
        assert!(!html.contains("<input type=\"hidden\" name=\"scope\" value=\"email\">"));
    }

    #[test]
    fn a_problem_stands_at_its_field() {
        let html = draw(&pages()[2], "");
        assert!(html.contains("aria-invalid=\"true\""));
        let shown = "id=\"redirect_uris-help\" role=\"alert\"><code>&quot;&gt;&lt;img";
        assert!(html.contains(shown), "{html}");
        for kind in [WarningKind::Http, WarningKind::Wildcard, WarningKind::Fragment] {
            let problem = Some(FormProblem { warning: Some(kind), ..problem() });
            let html = draw(&Page::Developer(DeveloperPage { problem, ..developer() }), "");
            let shown = format!("<span id=\"warning-{}\">No URI.</span></p>", kind.name());
            assert!(html.contains(&shown), "{html}");
        }
        let named = Some(FormProblem::of("name", "No name."));
        let html = draw(&Page::Developer(DeveloperPage { problem: named, ..developer() }), "");
        assert!(html.contains("id=\"name-help\" role=\"alert\">No name.</p>"), "{html}");
    }

    #[test]
    fn only_an_app_with_a_secret_has_one_to_make_anew() {
        let html = draw(&Page::Developer(developer()), "");
        assert!(html.contains("name=\"action\" value=\"rotate\"") && html.contains("••••"));
        let apps = vec![App { confidential: false, ..app() }];
        let html = draw(&Page::Developer(DeveloperPage { apps, ..developer() }), "");
        assert!(!html.contains("rotate") && !html.contains("••••"), "{html}");
    }

    #[test]
    fn a_new_secret_of_an_old_app_is_told_from_a_new_app() {
        let page = |is_new| RegisteredPage {
            app: app(),
            client_secret: Some(Secret::new("s3cret")),
            is_new,
        };
        let html = |is_new| draw(&Page::Registered(page(is_new)), "");
        assert!(html(true).contains(" is registered</h1>") && !html(true).contains("no longer"));
        assert!(
            html(false).contains(" has a new secret</h1>") && html(false).contains("no longer")
        );
    }

    const HOSTILE: &str = "\"><img src=x onerror=alert(1)>";

    fn hostile() -> String {
        HOSTILE.into()
    }

    fn app() -> App {
        App {
            client_id: "app".into(),
            name: hostile(),
            redirect_uris: vec!["https://yourapp.com/auth/callback".into()],
            confidential: true,
            warnings: vec![UriWarning {
                kind: WarningKind::Twin,
                uris: vec![hostile(), hostile()],
                message: "They differ.",
            }],
        }
    }

    fn problem() -> FormProblem {
        FormProblem {
            field: "redirect_uris",
            message: "No URI.",
            uri: Some(hostile()),
            warning: Some(WarningKind::Http),
        }
    }

    fn developer() -> DeveloperPage {
        DeveloperPage {
            interaction: "sealed".into(),
            username: hostile(),
            apps: vec![app()],
            problem: Some(problem()),
            typed: AppForm { name: hostile(), redirect_uris: hostile(), public: true },
            registration_endpoint: Some("https://as.test/oauth2/register".into()),
        }
    }

    fn pages() -> Vec<Page> {
        let line = |scope: &str| ScopeLine { scope: scope.into(), meaning: hostile() };
        vec![
            Page::Login(LoginPage {
                interaction: "sealed".into(),
                client_name: Some(hostile()),
                username: hostile(),
                problem: Some(LoginProblem::WrongPassword),
            }),
            Page::Consent(Box::new(ConsentPage {
                interaction: "sealed".into(),
                client_name: hostile(),
                client_id: "app".into(),
                links: Links {
                    client_uri: Some("https://yourapp.com".into()),
                    policy_uri: Some(hostile()),
                    tos_uri: None,
                },
                is_trusted: false,
                redirect_uri: "https://yourapp.com/auth/callback".into(),
                username: hostile(),
                scopes: vec![line("openid"), line("email")],
                claims: vec!["phone_number".into()],
                resources: vec![hostile()],
            })),
            Page::Developer(developer()),
            Page::Registered(RegisteredPage {
                app: app(),
                client_secret: Some(Secret::new("s3cret")),
                is_new: true,
            }),
            Page::SignOut(SignOutPage {
                interaction: "sealed".into(),
                username: hostile(),
                client_name: Some(hostile()),
            }),
            Page::SignedOut,
            Page::Error(ErrorPage { error: "invalid_request", error_description: "No." }),
            Page::Leave(LeavePage {
                client_name: hostile(),
                redirect_uri: "https://yourapp.com/auth/callback".into(),
                location: "https://yourapp.com/auth/callback?error=x".into(),
            }),
        ]
    }
}
