//! What the OpenID Foundation's conformance suite asks of a provider and of a client, module by
//! module: each test is named after the module of the suite whose demands it makes, in our own words.
//!
//! The plans are Basic, Config, Form Post and RP-Initiated Logout for providers, and Basic, Config
//! and Refresh for clients. What the suite would only warn about fails here, too.

mod emulated;
mod op;
mod op_config;
mod op_logout;
mod rp;
mod suite;

/// The Basic plan: answers come back in the query.
mod oidcc_basic_certification_test_plan {
    use grantflow::wire::callback::ResponseMode;

    crate::op::plan!(ResponseMode::Query);
}

/// The Form Post plan: the same modules, and answers come back in a form.
mod oidcc_formpost_basic_certification_test_plan {
    use grantflow::wire::callback::ResponseMode;

    crate::op::plan!(ResponseMode::FormPost);
}
