//! How much a world takes, so that a trace from a stranger ends.

/// Most inputs of one world.
pub const MOST_INPUTS: usize = 1000;
/// Most messages, after which no more inputs are taken.
pub const MOST_MESSAGES: usize = 3000;
/// Most bytes of inputs and messages, after which no more inputs are taken.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes of one input, as JSON.
pub const LONGEST_INPUT: usize = 16 * 1024;
/// Most bytes of a seed, a name, a path.
pub const LONGEST_NAME: usize = 200;
/// Most bytes of a request or an answer that the attacker writes, once what it refers to is filled in.
pub const LONGEST_WRITTEN: usize = 32 * 1024;
/// Most halves of messages that arrive by themselves after one input; the rest waits for the next.
pub const MOST_DELIVERIES: usize = 100;
/// Most redirects that a browser follows.
pub const MOST_REDIRECTS: u8 = 20;
/// Most bytes of a trace, which is as much as the core reads of any JSON.
pub const LONGEST_TRACE: usize = grantflow::wire::json::LONGEST_JSON;
/// Most bytes of all inputs, so that every world fits on paper.
pub const LONGEST_LOG: usize = LONGEST_TRACE - 8 * 1024;
/// Most marks of a trace.
pub const MOST_MARKS: usize = 20;
