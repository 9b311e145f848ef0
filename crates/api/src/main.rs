//! The binary: everything it does is in the library, so that it is compiled once.

use std::process::ExitCode;

/// Many short-lived values of many threads: the system's own allocator costs every call a tenth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    aftercare_api::cli::main()
}
