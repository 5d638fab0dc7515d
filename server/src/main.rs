//! `grantflow`: the authorization server as a process.

mod config;
mod directory;
mod gate;
mod host;
mod http;
mod keys;
mod limit;
mod pages;
mod serve;
mod store;
mod tasks;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::Instrument as _;

use crate::host::now;
use crate::keys::command::Keys;
use crate::serve::Serve;

/// OAuth 2 authorization code flow and `OpenID` Connect, as a server.
#[derive(Debug, Parser)]
#[command(name = "grantflow", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listens, and answers.
    Serve(Serve),
    /// Shows and changes the signing keys.
    Keys(Keys),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(serve) => serve_logged(&serve).await,
        Command::Keys(keys) => keys.run(now().as_secs(), &mut io::stdout()).map_err(Into::into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(io::stderr(), "grantflow: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_logged(serve: &Serve) -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_current_span(serve.dev_login.is_some())
        .with_writer(io::stderr)
        .init();
    match &serve.dev_login {
        Some(user) => {
            let span = tracing::info_span!("dev_login", everybody_is = user);
            serve.run().instrument(span).await
        }
        None => serve.run().await,
    }
}
