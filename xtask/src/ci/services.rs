//! The programs that tests need beyond the toolchain.

use std::path::{Path, PathBuf};

use xshell::cmd;

use crate::context::{Context, Result};
use crate::runner::{Outcome, Step};

pub(crate) const STEP: Step = Step {
    name: "services",
    about: "are the programs there that tests need?",
    fix: "run the apt-get command above, or pass --skip-services and see which tests skip",
    run,
};

struct Service {
    program: &'static str,
    debian_package: &'static str,
}

/// A new test that needs a program adds a line here, and CI has it.
const SERVICES: &[Service] = &[
    // Independent decoders for what our encoders write.
    Service {
        program: "gzip",
        debian_package: "gzip",
    },
    Service {
        program: "zstd",
        debian_package: "zstd",
    },
    // Stores that tests start, freeze and kill themselves.
    Service {
        program: "redis-server",
        debian_package: "redis-server",
    },
    // Certificates for a Redis that speaks TLS.
    Service {
        program: "openssl",
        debian_package: "openssl",
    },
    Service {
        program: "postgres",
        debian_package: "postgresql",
    },
    // What the templates of examples/deploy are for.
    Service {
        program: "nginx",
        debian_package: "nginx-light",
    },
    Service {
        program: "haproxy",
        debian_package: "haproxy",
    },
    Service {
        program: "systemd-analyze",
        debian_package: "systemd",
    },
    // Express, which shares its sessions with ours.
    Service {
        program: "node",
        debian_package: "nodejs",
    },
    Service {
        program: "npm",
        debian_package: "npm",
    },
];

/// Where Debian keeps Postgres, with a directory for each version.
const POSTGRES: &str = "/usr/lib/postgresql";

/// Read by the install script of Debian's Postgres, which would else make a
/// cluster and start it. The tests make their own.
const NO_CLUSTER: (&str, &str) = (
    "/etc/postgresql-common/createcluster.d/buttress.conf",
    "create_main_cluster = false\n",
);

pub(crate) fn programs() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.program)
}

fn run(cx: &Context) -> Result<Outcome> {
    let packages = missing(SERVICES, is_installed);
    if packages.is_empty() {
        let programs: Vec<_> = programs().collect();
        println!("found {}", programs.join(", "));
        return Ok(Outcome::Passed);
    }
    install(cx, &packages)?;
    let packages = missing(SERVICES, is_installed);
    if packages.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(format!("still missing after apt-get: {}", packages.join(" ")).into())
}

/// The Debian packages of the programs that are not there.
fn missing(services: &[Service], is_installed: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let absent = services.iter().filter(|it| !is_installed(it.program));
    let mut packages: Vec<_> = absent.map(|service| service.debian_package).collect();
    packages.dedup();
    packages
}

fn install(cx: &Context, packages: &[&str]) -> Result<()> {
    let sh = &cx.sh;
    let is_root = cmd!(sh, "id -u").quiet().read().is_ok_and(|id| id == "0");
    if !is_root || !is_installed("apt-get") {
        let packages = packages.join(" ");
        return Err(format!("install what is missing: sudo apt-get install -y {packages}").into());
    }
    let (path, text) = NO_CLUSTER;
    if packages.contains(&"postgresql") && !Path::new(path).exists() {
        sh.write_file(path, text)?;
    }
    cmd!(sh, "apt-get update").run()?;
    cmd!(
        sh,
        "apt-get install --yes --no-install-recommends {packages...}"
    )
    .env("DEBIAN_FRONTEND", "noninteractive")
    .run()?;
    Ok(())
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where a user's PATH does not look.
    let versions = std::fs::read_dir(POSTGRES).into_iter().flatten().flatten();
    let mut dirs = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .chain(versions.map(|version| version.path().join("bin")));
    dirs.any(|dir| dir.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packages_of_absent_programs_are_missing() {
        assert_eq!(missing(SERVICES, |_| true), [""; 0]);
        assert_eq!(missing(SERVICES, |program| program != "zstd"), ["zstd"]);
    }

    #[test]
    fn a_package_of_two_programs_is_installed_once() {
        let pair = ["redis-server", "redis-check-aof"].map(|program| Service {
            program,
            debian_package: "redis-server",
        });
        assert_eq!(missing(&pair, |_| false), ["redis-server"]);
    }
}
