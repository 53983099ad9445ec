//! Parse, run, map the error to an exit code: all in `cli`.

fn main() -> std::process::ExitCode {
    pt_stem::cli::main()
}
