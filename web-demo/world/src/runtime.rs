//! What a module without an operating system has to bring along.

/// Small and quick.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Traps: JavaScript sees a `WebAssembly.RuntimeError`, and no message costs bytes.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
