//! What a panic would have said, taken out of a module whose panics only trap.

use anyhow::{Context as _, Result, bail};
use rustc_demangle::demangle;
use walrus::ir::{Instr, Visitor, dfs_in_order};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module};

/// Functions that do nothing but write a message and panic.
const PANICS: [&str; 9] = [
    "core::panicking::",
    "core::option::expect_failed",
    "<alloc::vec::Vec<_, _>>::swap_remove::assert_failed",
    "core::slice::index::slice_index_fail",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::str::slice_error_fail",
    "core::cell::panic_already_",
    "alloc::raw_vec::handle_error",
    "alloc::alloc::handle_alloc_error",
];

/// Where every panic ends.
const HANDLER: &str = "__rustc::rust_begin_unwind";

/// What is left of their messages once nobody can write them: no function of ours names these.
const MESSAGES: [&str; 18] = [
    "removal index (is ",
    "swap_remove index (is ",
    ") should be < len (is ",
    "overflow when adding durations",
    "Tried to shrink to a larger capacity",
    "attempt to join into collection with len > usize::MAX",
    "capacity overflow",
    "slice index starts at ",
    " but ends at ",
    "index out of bounds: the len is ",
    " but the index is ",
    "range start index ",
    "range end index ",
    " out of range for slice of length ",
    "memory allocation of ",
    " bytes failed",
    "copy_from_slice: source slice length (",
    ") does not match destination slice length (",
];

/// Makes every panic trap at once, as the handler would have in the end.
///
/// It fails if the handler does more than that.
pub(crate) fn panics(module: &mut Module) -> Result<()> {
    let named: Vec<(FunctionId, String)> = module
        .funcs
        .iter_local()
        .filter_map(|(id, _)| {
            Some((id, format!("{:#}", demangle(module.funcs.get(id).name.as_deref()?))))
        })
        .collect();
    let (handler, _) = named
        .iter()
        .find(|(_, name)| name == HANDLER)
        .context("No function is the panic handler: has the compiler changed?")?;
    if !traps(module.funcs.get(*handler).kind.unwrap_local()) {
        bail!("The panic handler does more than trap, so it needs its messages.");
    }
    for (id, name) in named {
        if PANICS.iter().any(|start| name.starts_with(start)) {
            trap(module, id);
        }
    }
    let data: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for id in data {
        let bytes = &mut module.data.get_mut(id).value;
        for message in MESSAGES {
            blank(bytes, message.as_bytes());
        }
        blank_locations(bytes);
    }
    Ok(())
}

/// Whether a function calls nobody and cannot return.
fn traps(function: &LocalFunction) -> bool {
    #[derive(Default)]
    struct Seen {
        call: bool,
        trap: bool,
    }
    impl<'i> Visitor<'i> for Seen {
        fn visit_instr(&mut self, instr: &'i Instr, _: &'i walrus::ir::InstrLocId) {
            self.call |=
                matches!(instr, Instr::Call(_) | Instr::CallIndirect(_) | Instr::Return(_));
            self.trap |= matches!(instr, Instr::Unreachable(_));
        }
    }
    let mut seen = Seen::default();
    dfs_in_order(&mut seen, function, function.entry_block());
    seen.trap && !seen.call
}

fn trap(module: &mut Module, id: FunctionId) {
    let kind = module.funcs.get(id).ty();
    let (params, results) = module.types.params_results(kind);
    let (params, results) = (params.to_vec(), results.to_vec());
    let mut body = FunctionBuilder::new(&mut module.types, &params, &results);
    body.func_body().unreachable();
    let arguments = params.iter().map(|kind| module.locals.add(*kind)).collect();
    let body = body.local_func(arguments);
    module.funcs.get_mut(id).kind = FunctionKind::Local(body);
}

fn blank(data: &mut [u8], text: &[u8]) {
    let places = data.windows(text.len()).enumerate();
    let places: Vec<usize> =
        places.filter(|(_, window)| *window == text).map(|(place, _)| place).collect();
    for place in places {
        data.iter_mut().skip(place).take(text.len()).for_each(|byte| *byte = 0);
    }
}

/// The names of source files, which end in a NUL: only panics know where they are.
fn blank_locations(data: &mut [u8]) {
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
    for run in data.split_inclusive_mut(|byte| *byte == 0) {
        let Some((_, text)) = run.split_last_mut() else { continue };
        let start = text.iter().rposition(|byte| !is_path(byte)).map_or(0, |place| place + 1);
        let Some(path) = text.get_mut(start..) else { continue };
        if path.ends_with(b".rs") {
            path.fill(0);
        }
    }
}
