//! May this app?

use grantflow::scope::OPENID;
use grantflow::server::client::Links;
use grantflow::server::page::{ConsentPage, ScopeLine};
use grantflow::server::path;
use grantflow::uri;
use maud::{Markup, html};

use super::{app_name, frame, interaction};

pub(super) fn consent(page: &ConsentPage, base: &str) -> Markup {
    let back = uri::origin(&page.redirect_uri).unwrap_or(&page.redirect_uri);
    let body = html! {
        h1 tabindex="-1" autofocus { strong { (app_name(&page.client_name)) } " asks for your permission" }
        p { "You are signed in as " strong { (page.username) } "." }
        form method="post" action={ (base) (path::CONSENT) } {
            (interaction(&page.interaction))
            fieldset {
                legend { "It would like to" }
                @for line in &page.scopes { (scope_box(line)) }
                @for claim in &page.claims { (claim_box(claim)) }
            }
            @if !page.resources.is_empty() {
                p { "It will use this at " }
                ul { @for resource in &page.resources { li { code { (resource) } } } }
            }
            p.note {
                "Either way you go back to " strong { (back) } ". Its developer chose the name "
                "above; only approve what you meant to start."
                @if !page.is_trusted {
                    " Nobody vouches for this app: it registered by itself."
                }
            }
            (links(&page.links))
            div.actions {
                button.primary #approve type="submit" name="decision" value="approve" { "Approve" }
                button #deny type="submit" name="decision" value="deny" { "Deny" }
            }
        }
    };
    frame(base, "Permission", &body)
}

/// Pages of the app's own; they do not learn where the person came from.
fn links(links: &Links) -> Markup {
    let named = [
        (&links.client_uri, "About this app"),
        (&links.policy_uri, "How it uses what it learns"),
        (&links.tos_uri, "Its terms"),
    ];
    html! {
        @if named.iter().any(|(uri, _)| uri.is_some()) {
            ul.note {
                @for (uri, text) in named {
                    @if let Some(uri) = uri {
                        li { a href=(uri) rel="noreferrer noopener" target="_blank" { (text) } }
                    }
                }
            }
        }
    }
}

/// A claim that is asked for by name.
fn claim_box(claim: &str) -> Markup {
    let id = format!("claim-{claim}");
    let text = claim.replace('_', " ");
    html! {
        div.choice {
            input id=(id) type="checkbox" name="claim" value=(claim) checked;
            label for=(id) { "See your " (text) " " code { (claim) } }
        }
    }
}

/// `openid` cannot be unticked: whoever approves lets the app know who they are.
fn scope_box(line: &ScopeLine) -> Markup {
    let required = line.scope == OPENID;
    let id = format!("scope-{}", line.scope);
    html! {
        div.choice {
            input id=(id) type="checkbox" name="scope" value=(line.scope) checked
                disabled[required];
            label for=(id) {
                (line.meaning) " " code { (line.scope) }
                @if required { span.note { " always part of signing in" } }
            }
            @if required { input type="hidden" name="scope" value=(line.scope); }
        }
    }
}
