//! The program: argv in, exit code out. What it does is in the library, at `program`.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// What is freed is wiped: libraries that speak TLS and HTTP leave copies of tokens and master keys behind.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    acralog::run()
}
