use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};
use crate::workspace::Package;

pub(crate) const STEP: Step = Step {
    name: "features",
    about: "does each crate build with none and with each one of its features?",
    fix: "put the code or the `use` that the errors name behind the feature that needs it",
    run,
};

fn run(cx: &Context) -> Result<Outcome> {
    let sh = &cx.sh;
    let workspace = cx.workspace()?;
    let combinations: Vec<_> = workspace.publishable().flat_map(combinations).collect();
    let mut failed = Vec::new();
    for (index, args) in combinations.iter().enumerate() {
        println!("[{}/{}] {}", index + 1, combinations.len(), args.join(" "));
        // Clippy takes the lint level without RUSTFLAGS, which would check every dependency anew.
        let checked = cmd!(sh, "cargo clippy --locked --quiet {args...} -- -D warnings")
            .quiet()
            .run();
        if checked.is_err() {
            failed.push(format!("  cargo clippy {} -- -D warnings", args.join(" ")));
        }
    }
    if failed.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(format!(
        "these do not build without warnings:\n{}",
        failed.join("\n")
    )
    .into())
}

/// The arguments of each check of one crate: no feature, then each feature alone.
fn combinations(package: &Package) -> Vec<Vec<String>> {
    let none = ["--package", &package.name, "--no-default-features"].map(str::to_owned);
    let alone = package.features.keys().map(|feature| {
        let mut args = none.to_vec();
        args.extend(["--features".to_owned(), feature.clone()]);
        args
    });
    std::iter::once(none.to_vec()).chain(alone).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::fixture::package;

    #[test]
    fn a_crate_is_checked_with_none_and_with_each_feature() {
        let package = package(
            "crates",
            "buttress-x",
            json!({"features": {"default": ["br"], "br": []}}),
        );
        let lines: Vec<_> = combinations(&package)
            .iter()
            .map(|args| args.join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "--package buttress-x --no-default-features",
                "--package buttress-x --no-default-features --features br",
                "--package buttress-x --no-default-features --features default",
            ]
        );
    }
}
