//! What a test has sent, as a run of the demo's World: a test that fails leaves it in a file, which World's
//! *Open* takes.
//!
//! World's server is called otherwise and has one app, so names are made to fit, and what came from earlier
//! answers is referred to (`docs/trace-format.md`). A test with a policy or with clients of its own goes
//! otherwise there; from where on it does is said beside the file's name.

use std::path::PathBuf;
use std::{env, fs, process, thread};

use grantflow::secret::Secret;
use grantflow::server::Page;
use grantflow::time::UnixTime;
use grantflow::wire::credentials::{basic, parse_basic};
use grantflow::wire::form::{self, Form};
use grantflow::wire::http::{Headers, Request};
use grantflow_world::input::{AppKind, SentRequest};
use grantflow_world::{Config, Defence, Fault, Input, World};
use serde_json::Value;

use crate::{Answer, BEGINNING, CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, PUBLIC_ID};

/// The same in World: its server, its app, that app's callback, and its secret where that is known.
const WORLD: [(&str, &str); 6] = [
    (CALLBACK, "https://app.example/callback"),
    (ISSUER, "https://as.example"),
    (CLIENT_SECRET, "trustno1"),
    (CLIENT_ID, "taskmaster"),
    (PUBLIC_ID, "taskmaster"),
    ("username=mallory&password=wonderland", "username=eve&password=nightshade"),
];
/// What is shorter is no code and no token.
const SHORTEST: usize = 16;

/// All that was sent, in order.
#[derive(Debug, Default)]
pub(crate) struct Log(Vec<Sent>);

#[derive(Debug)]
struct Sent {
    at: UnixTime,
    request: Request,
    /// Of the answer, where there was one.
    status: Option<u16>,
    /// What it gave, each with its name.
    gave: Vec<(String, String)>,
}

impl Log {
    /// A request is on its way.
    pub(crate) fn sends(&mut self, request: &Request, at: UnixTime) {
        self.0.push(Sent { at, request: request.clone(), status: None, gave: Vec::new() });
    }

    /// The latest request is answered.
    pub(crate) fn hears(&mut self, answer: &Answer) {
        let Some(sent) = self.0.last_mut() else { return };
        sent.gave = match answer {
            Answer::Response(response) => {
                sent.status = Some(response.status);
                let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
                let text = |(name, value): (&String, &Value)| {
                    Some((name.clone(), value.as_str()?.to_owned()))
                };
                let members = body.as_object().into_iter().flatten().filter_map(text);
                given(&response.headers).into_iter().chain(members).collect()
            }
            Answer::Page(show) => {
                sent.status = Some(show.status);
                let interaction = match &show.page {
                    Page::Login(page) => Some(&page.interaction),
                    Page::Consent(page) => Some(&page.interaction),
                    Page::Developer(page) => Some(&page.interaction),
                    Page::SignOut(page) => Some(&page.interaction),
                    Page::Leave(_) | Page::Registered(_) | Page::SignedOut | Page::Error(_) => None,
                };
                let mut all = given(&show.headers);
                all.extend(interaction.map(|text| ("interaction".into(), text.clone())));
                all
            }
            Answer::Admitted(_) => {
                sent.status = Some(200);
                Vec::new()
            }
        };
    }

    /// The run, and in words how far World goes with it.
    fn told(&self) -> Result<(World, String), Fault> {
        let has = |id: &str| self.0.iter().any(|sent| names(&sent.request, id));
        let is_page = has(PUBLIC_ID) && !has(CLIENT_ID);
        let app = if is_page { AppKind::Public } else { AppKind::Confidential };
        let without = [Defence::Secret].into_iter().collect();
        let config = Config { seed: "a test".into(), app, offers_evil: false, without };
        let mut world = World::new(config)?;
        let (mut known, mut now) = (Vec::<(String, String)>::new(), BEGINNING);
        let (mut left_out, mut differs) = (0, None);
        for sent in &self.0 {
            let seconds = u32::try_from(sent.at.since(now).as_secs()).unwrap_or(u32::MAX);
            if seconds > 0 {
                world.apply(Input::Wait { seconds })?;
            }
            now = sent.at;
            let request = fitted_request(&sent.request, &known);
            let changed = world.apply(Input::Send { request }).unwrap_or_default();
            let Some(message) = changed.last().and_then(|id| world.message(*id)) else {
                left_out += 1;
                continue;
            };
            let (id, status) = (message.id, message.response.status);
            let other = sent.status.filter(|seen| *seen != status);
            differs = differs.or(other.map(|seen| (id, seen, status)));
            for (name, value) in sent.gave.iter().filter(|(_, value)| value.len() >= SHORTEST) {
                // What was sent and came back is known already.
                let is_new = !spells(&sent.request).contains(value.as_str());
                if is_new && message.answered(name).is_some() {
                    known.push((value.clone(), format!("{{{{{id}.answer.{name}}}}}")));
                }
            }
        }
        let lost = (left_out > 0).then(|| format!("; World takes {left_out} of the requests not"));
        let other = differs.map(|(id, seen, status)| {
            format!("; from message {id} on World differs: {status}, not {seen}")
        });
        let words = [lost, other].into_iter().flatten().collect();
        Ok((world, words))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !thread::panicking() || self.0.is_empty() {
            return;
        }
        let told = self.told().map_err(|fault| fault.message);
        let left = told.and_then(|(world, words)| {
            let text = serde_json::to_string_pretty(&world.trace());
            let text = text.map_err(|error| error.to_string())?;
            fs::write(file(), text + "\n").map_err(|error| error.to_string())?;
            Ok(words)
        });
        match left {
            Ok(words) => eprintln!("What was sent: {}, for World's Open{words}", file().display()),
            Err(error) => eprintln!("What was sent is not written: {error}"),
        }
    }
}

/// Where a test that fails on this thread leaves its run.
pub fn file() -> PathBuf {
    let thread = thread::current();
    let test = thread.name().unwrap_or("test").replace("::", "-");
    env::temp_dir().join(format!("grantflow-{}-{test}.json", process::id()))
}

/// What redirects and cookies give.
fn given(headers: &Headers) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let query = headers.first("location").and_then(|location| location.split_once('?'));
    let form = query.and_then(|(_, query)| Form::parse(query.as_bytes()).ok()).unwrap_or_default();
    all.extend(form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let cookies = headers.iter().filter(|(name, _)| *name == "set-cookie");
    let pairs = cookies.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
    all.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    all
}

/// The app that a header names, and what it says is its secret.
fn sender(value: &str) -> Option<(String, Secret)> {
    parse_basic(value).ok()
}

/// Whether a request comes from that app.
fn names(request: &Request, id: &str) -> bool {
    let header = request.headers.first("authorization").and_then(sender);
    header.is_some_and(|(it, _)| it == id) || spells(request).contains(&format!("client_id={id}"))
}

fn spells(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    let headers = request.headers.iter().map(|(_, value)| value);
    let all: Vec<&str> = [request.url.as_str(), &body].into_iter().chain(headers).collect();
    all.join("\n")
}

/// The request with World's names, and references to what was answered.
fn fitted_request(request: &Request, known: &[(String, String)]) -> SentRequest {
    let header = |(name, value): (&str, &str)| {
        let value = match sender(value).filter(|_| name == "authorization") {
            Some((id, secret)) => {
                basic(&fitted(&id, &[]), &Secret::new(fitted(secret.expose(), &[])))
            }
            None => fitted(value, known),
        };
        (name.to_owned(), value)
    };
    SentRequest {
        method: request.method.as_str().into(),
        url: fitted(&request.url, known),
        headers: request.headers.iter().map(header).collect(),
        body: fitted(&String::from_utf8_lossy(&request.body), known),
    }
}

/// The same for a text; each name raw, and as in a form.
fn fitted(text: &str, known: &[(String, String)]) -> String {
    let mut all: Vec<(&str, &str)> =
        known.iter().map(|(it, to)| (it.as_str(), to.as_str())).collect();
    // What is part of something longer comes after it.
    all.sort_by_key(|(it, _)| std::cmp::Reverse(it.len()));
    let text = all.iter().fold(text.to_owned(), |text, (from, to)| {
        text.replace(from, to).replace(&form::encode(from), to)
    });
    WORLD.iter().fold(text, |text, (from, to)| {
        text.replace(from, to).replace(&form::encode(from), &form::encode(to))
    })
}
