//! Bindings for browsers.
