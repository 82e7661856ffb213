//! See the library's docs.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    buttress_cli::main()
}
