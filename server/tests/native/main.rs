//! The binary as its users have it: started as a process, spoken to over a socket.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod browser;
mod demo;
mod dev_login;
mod flow;
mod hostile;
mod keys;
mod process;
mod races;
mod secrets;
