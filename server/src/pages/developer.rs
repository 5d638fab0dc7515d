//! The developer page, and the credentials it shows once.

use grantflow::server::page::{App, DeveloperPage, FormProblem, RegisteredPage, UriWarning};
use grantflow::server::path;
use maud::{Markup, html};

use super::{app_name, frame, interaction};

pub(super) fn developer(page: &DeveloperPage, base: &str) -> Markup {
    let body = html! {
        h1 { "Your apps" }
        p {
            "You are signed in as " strong { (page.username) } ". "
            a #sign-out href={ (base) (path::LOGOUT) } { "Sign out" }
        }
        @if page.apps.is_empty() {
            p.note { "You have none yet." }
        } @else {
            ul.apps {
                @for app in &page.apps { li { (app_card(app, &page.interaction, base)) } }
            }
        }
        h2 { "Create an app" }
        (app_form(page, base))
        @if let Some(endpoint) = &page.registration_endpoint {
            p.note #register-api {
                "Or register by API (RFC 7591): post what the app says of itself, as JSON, to "
                code { (endpoint) }
            }
        }
    };
    frame(base, "Developer", &body)
}

fn app_card(app: &App, sealed: &str, base: &str) -> Markup {
    html! {
        h2 { (app_name(&app.name)) }
        (facts(app))
        @for warning in &app.warnings {
            (told(warning, &format!("warning-{}-{}", warning.kind.name(), app.client_id)))
        }
        div.actions {
            @if app.confidential { (act(app, sealed, base, ("rotate", "Rotate secret"))) }
            (act(app, sealed, base, ("remove", "Remove")))
        }
    }
}

/// A button that does something to an app; it says to which, for those who only hear it.
fn act(app: &App, sealed: &str, base: &str, (action, label): (&str, &str)) -> Markup {
    html! {
        form method="post" action={ (base) (path::DEVELOPER) } {
            (interaction(sealed))
            input type="hidden" name="action" value=(action);
            input type="hidden" name="client_id" value=(app.client_id);
            button.danger[action == "remove"] id={ (action) "-" (app.client_id) } type="submit" {
                (label) span.unseen { " " (app_name(&app.name)) }
            }
        }
    }
}

/// What redirect URIs hardly mean, and which they are.
fn told(warning: &UriWarning, id: &str) -> Markup {
    html! {
        p.note id=(id) {
            strong { "Is this what you mean?" } " " (warning.message)
            @for uri in &warning.uris { " " code { (uri) } }
        }
    }
}

fn facts(app: &App) -> Markup {
    html! {
        dl {
            dt { "Kind" }
            dd { @if app.confidential { "confidential: it has a secret" } @else { "public: PKCE, no secret" } }
            dt { "Redirect URIs" }
            @for uri in &app.redirect_uris { dd { code { (uri) } } }
            dt { "client_id" }
            dd { code { (app.client_id) } }
            @if app.confidential {
                dt { "client_secret" }
                dd { span aria-hidden="true" { "••••" } span.unseen { "was shown once" } }
            }
        }
    }
}

fn app_form(page: &DeveloperPage, base: &str) -> Markup {
    let typed = &page.typed;
    let problem = page.problem.as_ref();
    html! {
        form method="post" action={ (base) (path::DEVELOPER) } {
            (interaction(&page.interaction))
            input type="hidden" name="action" value="create";
            div.field {
                label for="name" { "Name" }
                input #name name="name" type="text" value=(typed.name) required maxlength="100"
                    autocomplete="off" autofocus[problem.is_none_or(|p| p.field == "name")]
                    aria-describedby="name-help"
                    aria-invalid=[marked(problem, "name")];
                (help(problem, "name", "What people will see when your app asks them."))
            }
            div.field {
                label for="redirect_uris" { "Redirect URIs" }
                textarea #redirect_uris name="redirect_uris" rows="3" required spellcheck="false"
                    autocapitalize="none" placeholder="https://yourapp.com/auth/callback"
                    autofocus[problem.is_some_and(|p| p.field == "redirect_uris")]
                    aria-describedby="redirect_uris-help"
                    aria-invalid=[marked(problem, "redirect_uris")] { (typed.redirect_uris) }
                (help(problem, "redirect_uris", "One a line. They must match exactly."))
            }
            fieldset aria-describedby="kind-help warning-secret" {
                legend { "Where does it run?" }
                div.choice {
                    input #kind-confidential type="radio" name="kind" value="confidential"
                        checked[!typed.public];
                    label for="kind-confidential" { "On a server, which can keep a secret" }
                }
                div.choice {
                    input #kind-public type="radio" name="kind" value="public"
                        checked[typed.public];
                    label for="kind-public" { "In a browser or on a device, which cannot" }
                }
                (help(problem, "kind", "Apps without a secret must use PKCE."))
                p.note #warning-secret {
                    "A page or a phone app gets no secret: whoever has the app could read it."
                }
            }
            div.actions { button.primary #create type="submit" { "Create" } }
        }
    }
}

fn marked(problem: Option<&FormProblem>, field: &str) -> Option<&'static str> {
    problem.filter(|problem| problem.field == field).map(|_| "true")
}

/// What helps to fill in a field: what was wrong with it, or else what it is for.
fn help(problem: Option<&FormProblem>, field: &str, hint: &str) -> Markup {
    let id = format!("{field}-help");
    if let Some(problem) = problem.filter(|problem| problem.field == field) {
        return html! {
            p.problem id=(id) role="alert" {
                @if let Some(uri) = &problem.uri { code { (uri) } ": " }
                @match problem.warning {
                    Some(kind) => span id={ "warning-" (kind.name()) } { (problem.message) },
                    None => (problem.message),
                }
            }
        };
    }
    html! { p.note id=(id) { (hint) } }
}

pub(super) fn registered(page: &RegisteredPage, base: &str) -> Markup {
    let body = html! {
        h1 tabindex="-1" autofocus {
            strong { (app_name(&page.app.name)) }
            @if page.is_new { " is registered" } @else { " has a new secret" }
        }
        dl.credentials {
            dt { "client_id" }
            dd { code #client_id { (page.app.client_id) } }
            @if let Some(secret) = &page.client_secret {
                dt { "client_secret" }
                dd { code #client_secret { (secret.expose()) } }
            }
            dt { "Redirect URIs" }
            @for uri in &page.app.redirect_uris { dd { code { (uri) } } }
        }
        @for warning in &page.app.warnings {
            (told(warning, &format!("warning-{}", warning.kind.name())))
        }
        @if !page.is_new { p { "The secret before it is good no longer. Tokens stay as they are." } }
        @if page.client_secret.is_some() {
            p.problem {
                "Save the secret now: it is shown this once. Treat it like a password, and never "
                "let it into code that runs in a browser."
            }
        }
        p { a href={ (base) (path::DEVELOPER) } { "Back to your apps" } }
    };
    frame(base, if page.is_new { "Registered" } else { "New secret" }, &body)
}
