//! Messages, as they are kept and as they are shown.

use grantflow::server::Page;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::json;
use serde::Serialize;

use crate::cast::Actor;
use crate::prelude::*;

/// Header fields in order.
pub type Fields = Vec<(String, String)>;

/// One request and its answer, as they were last.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Its number; the first is 1.
    pub id: u32,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Who asks for it: a browser's address bar, or a program.
    pub kind: Kind,
    /// Who sends it.
    pub from: Actor,
    /// Whose machine it goes to.
    pub to: Actor,
    /// Where it is.
    pub stage: Stage,
    /// The message that led to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// The message that the network made this one from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<u32>,
    /// What the network changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
    /// Whether the attacker can read it.
    pub seen: bool,
    /// What was asked.
    pub request: Asked,
    /// What was answered; the status is 0 as long as nothing was.
    pub response: Answered,
    /// The name of the page that was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<&'static str>,
    /// What was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// Who refused it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Where the machines are after it.
    pub states: Vec<MachineState>,
    /// Ways taken, as `docs/states.json` names them.
    pub transitions: Vec<String>,
    /// How many inputs had been done when it last changed.
    pub step: u32,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A browser, for its person.
    Navigation,
    /// A program.
    Fetch,
}

/// Where a message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The request is in flight.
    Request,
    /// It arrived, and who has it asks somebody else first.
    Working,
    /// The answer is in flight.
    Response,
    /// All of it arrived.
    Done,
    /// The network lost it, or nobody is there.
    Lost,
}

/// Which half was changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edited {
    /// The request.
    Request,
    /// The answer.
    Response,
    /// Each of them.
    Both,
}

/// A request as text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Asked {
    /// The verb.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// Fields in order.
    pub headers: Fields,
    /// Empty if there is none.
    pub body: String,
}

/// A response as text.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Answered {
    /// The status code.
    pub status: u16,
    /// Fields in order.
    pub headers: Fields,
    /// Empty if there is none.
    pub body: String,
}

/// Who refused a message, and why.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Refused {
    /// Which side of the protocol.
    pub by: Side,
    /// An `error` of the wire, or a code of the client's `Error`.
    pub code: String,
    /// What the server says about it, or else what happened in the words of the core.
    pub message: String,
}

/// A side of the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The app.
    Client,
    /// The server.
    Server,
}

/// A machine and where it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct MachineState {
    /// Its name in the table of transitions.
    pub machine: &'static str,
    /// Whose it is.
    pub of: Actor,
    /// The state's name in that table.
    pub state: &'static str,
}

/// What a browser shows.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum View {
    /// A page of the honest server.
    Server {
        /// What to draw.
        page: Box<Page>,
    },
    /// The app's page.
    App {
        /// What to draw.
        app: AppView,
    },
    /// A page of the attacker's, or what a browser says by itself.
    Text {
        /// What it says.
        text: String,
    },
}

/// The app in one browser.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct AppView {
    /// Who is signed in, as the app believes.
    pub user: Option<UserView>,
    /// With whom one can sign in.
    pub issuers: Vec<&'static str>,
    /// Tasks that were loaded.
    pub tasks: Option<Vec<String>>,
    /// What went wrong last.
    pub problem: Option<Refused>,
}

/// Who is signed in at the app.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct UserView {
    /// Who says so.
    pub issuer: String,
    /// What they call the user.
    pub subject: String,
    /// How the user wants to be called.
    pub name: String,
}

impl View {
    /// What the form of a server's page is posted with.
    fn interaction(&self) -> Option<String> {
        let Self::Server { page } = self else { return None };
        let text = match &**page {
            Page::Login(page) => &page.interaction,
            Page::Consent(page) => &page.interaction,
            Page::Developer(page) => &page.interaction,
            Page::SignOut(page) => &page.interaction,
            Page::Leave(_) | Page::Registered(_) | Page::SignedOut | Page::Error(_) => return None,
        };
        Some(text.clone())
    }

    /// Its name, as the other host of the demo has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::App { .. } => "app",
            Self::Text { .. } => "text",
            Self::Server { page } => match &**page {
                Page::Login(_) => "login",
                Page::Consent(_) => "consent",
                Page::Leave(_) => "leave",
                Page::Developer(_) => "developer",
                Page::Registered(_) => "registered",
                Page::SignOut(_) => "sign_out",
                Page::SignedOut => "signed_out",
                Page::Error(_) => "error",
            },
        }
    }
}

fn fields(headers: &Headers) -> Fields {
    headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Fields as the core has them.
pub(crate) fn headers(fields: &[(String, String)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.push(name.to_ascii_lowercase(), value.clone());
    }
    headers
}

impl From<&Request> for Asked {
    fn from(request: &Request) -> Self {
        Self {
            method: request.method.as_str().into(),
            url: request.url.clone(),
            headers: fields(&request.headers),
            body: String::from_utf8_lossy(&request.body).into_owned(),
        }
    }
}

impl From<&Response> for Answered {
    fn from(response: &Response) -> Self {
        Self {
            status: response.status,
            headers: fields(&response.headers),
            body: String::from_utf8_lossy(&response.body).into_owned(),
        }
    }
}

impl Asked {
    pub(crate) fn to_request(&self) -> Request {
        Request {
            method: Method::parse(&self.method),
            url: self.url.clone(),
            headers: headers(&self.headers),
            body: self.body.clone().into_bytes(),
        }
    }
}

impl Answered {
    pub(crate) fn to_response(&self) -> Response {
        Response {
            status: self.status,
            headers: headers(&self.headers),
            body: self.body.clone().into_bytes(),
        }
    }
}

/// What of a message is what happened, and not how it is told.
#[derive(Debug, Serialize)]
pub(crate) struct Essence<'m> {
    id: u32,
    at: u64,
    from: Actor,
    to: Actor,
    stage: Stage,
    seen: bool,
    request: &'m Asked,
    response: &'m Answered,
    page: Option<&'static str>,
    refused: Option<&'m str>,
}

impl Message {
    pub(crate) fn essence(&self) -> Essence<'_> {
        let Self { id, at, from, to, stage, seen, .. } = *self;
        let Self { request, response, page, refused, .. } = self;
        let refused = refused.as_ref().map(|refused| refused.code.as_str());
        Essence { id, at, from, to, stage, seen, request, response, page: *page, refused }
    }

    /// A value by its name: a parameter of the address, the form, or what [`Message::answered`] finds,
    /// a field of the request's head, whichever is there first.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        in_query(&self.request.url, name)
            .or_else(|| in_form(self.request.body.as_bytes(), name))
            .or_else(|| self.answered(name))
            .or_else(|| header(&self.request.headers, name).map(str::to_owned))
    }

    /// A value of the answer by its name: a parameter of the redirect, a member of the JSON, a cookie,
    /// or the `interaction` of the page, whichever is there first.
    #[must_use]
    pub fn answered(&self, name: &str) -> Option<String> {
        let all = &self.response.headers;
        let cookies = all.iter().filter(|(it, _)| it.eq_ignore_ascii_case("set-cookie"));
        let pairs = cookies.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
        header(all, "location")
            .and_then(|location| in_query(location, name))
            .or_else(|| in_json(&self.response.body, name))
            .or_else(|| pairs.filter(|(it, _)| *it == name).map(|(_, it)| it.to_owned()).next())
            .or_else(|| self.view.as_ref().filter(|_| name == "interaction")?.interaction())
    }
}

/// The first field of that name.
pub(crate) fn header<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A parameter of an address.
pub(crate) fn in_query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split('#').next()?.split_once('?')?;
    in_form(query.as_bytes(), name)
}

fn in_form(bytes: &[u8], name: &str) -> Option<String> {
    let form = Form::parse(bytes).ok()?;
    form.all(name).next().map(str::to_owned)
}

fn in_json(body: &str, name: &str) -> Option<String> {
    let value = json::parse_object(body.as_bytes()).ok()?.get(name)?;
    value.string().map(alloc::borrow::Cow::into_owned)
}
