//! One test for each row of the table of attacks, and its twin that may; `ROWS.md` is that table.
//! Here are those that bite in the core and are nowhere else; the table names the others.

mod callback;
mod clients;
mod codes;
mod common;
mod front;
mod guess;
mod host;
mod identity;
mod pages;
mod pkce;
mod rows;
mod tokens;
