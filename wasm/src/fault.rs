//! Errors as JavaScript has them.

use grantflow::client::Error;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// JavaScript's `Error`, with the facts of the core's as members.
    #[wasm_bindgen(js_name = "Error")]
    #[derive(Debug)]
    pub type Fault;

    #[wasm_bindgen(constructor, js_class = "Error")]
    fn new(code: &str) -> Fault;

    #[wasm_bindgen(method, setter, structural)]
    fn set_stage(this: &Fault, stage: &str);

    #[wasm_bindgen(method, setter, structural)]
    fn set_remedy(this: &Fault, remedy: &str);

    #[wasm_bindgen(method, setter, structural)]
    fn set_subject(this: &Fault, subject: &str);

    #[wasm_bindgen(method, setter, structural)]
    fn set_error(this: &Fault, error: &str);

    #[wasm_bindgen(method, setter, structural)]
    fn set_description(this: &Fault, description: &str);

    #[wasm_bindgen(method, setter, structural)]
    pub(crate) fn set_kept(this: &Fault, kept: bool);
}

/// The core's error, its code as the message.
pub(crate) fn fault(error: &Error) -> Fault {
    let fault = of(error.code(), error.stage().as_str(), error.remedy().as_str());
    if let Some(subject) = error.subject() {
        fault.set_subject(subject);
    }
    if let Some(body) = error.oauth() {
        fault.set_error(&body.error);
        if let Some(description) = &body.error_description {
            fault.set_description(description);
        }
    }
    fault
}

/// An argument that cannot be.
pub(crate) fn misuse(argument: &str) -> Fault {
    let fault = of("config_invalid", "configure", "fix-config");
    fault.set_subject(argument);
    fault
}

/// A step that was taken before.
pub(crate) fn used() -> Fault {
    of("already_used", "callback", "report")
}

fn of(code: &str, stage: &str, remedy: &str) -> Fault {
    let fault = Fault::new(code);
    fault.set_stage(stage);
    fault.set_remedy(remedy);
    fault
}
