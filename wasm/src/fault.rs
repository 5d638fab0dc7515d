//! Errors as JSON, which the facade throws as `AuthError`.

use grantflow::client::Error;
use grantflow::wire::json::Writer;
use wasm_bindgen::JsValue;

/// The core's error.
pub(crate) fn fault(error: &Error) -> JsValue {
    thrown(of(error))
}

/// The core's error about a callback, and whether the record waits for another.
pub(crate) fn refusal(error: &Error, kept: bool) -> JsValue {
    thrown(of(error).boolean("kept", kept))
}

/// An argument that cannot be.
pub(crate) fn misuse(argument: &str) -> JsValue {
    thrown(facts("config_invalid", "configure", "fix-config").string("subject", argument))
}

/// A step that was taken before.
pub(crate) fn used() -> JsValue {
    thrown(facts("already_used", "callback", "report"))
}

fn of(error: &Error) -> Writer {
    let all = facts(error.code(), error.stage().as_str(), error.remedy().as_str())
        .maybe("subject", error.subject());
    match error.oauth() {
        Some(body) => {
            let description = body.error_description.as_deref();
            let words = Writer::object().string("error", &body.error);
            all.raw("oauth", &words.maybe("description", description).finish())
        }
        None => all,
    }
}

fn facts(code: &str, stage: &str, remedy: &str) -> Writer {
    Writer::object().string("code", code).string("stage", stage).string("remedy", remedy)
}

fn thrown(facts: Writer) -> JsValue {
    JsValue::from_str(&facts.finish())
}
