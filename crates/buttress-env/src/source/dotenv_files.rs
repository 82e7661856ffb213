use super::{Entries, Layer, Origin, dotenv, file};
use crate::error::{Kind, Problem};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    rc::Rc,
};
use zeroize::Zeroizing;

/// Adds `.env.{environment}` and `.env` of this very folder, if they are there.
pub(crate) fn add_dotenv(entries: &mut Entries, directory: &Path, environment: &str) {
    let special = directory.join(format!(".env.{environment}"));
    add(entries, &special, Layer::DotEnvOfEnvironment);
    add(entries, &directory.join(".env"), Layer::DotEnv);
}

/// The first of these files that is there, where they are not read.
pub(crate) fn unread_dotenv(directory: &Path, environment: &str) -> Option<PathBuf> {
    let names = [".env".to_owned(), format!(".env.{environment}")];
    let mut paths = names.into_iter().map(|name| directory.join(name));
    paths.find(|path| path.is_file())
}

fn add(entries: &mut Entries, path: &Path, layer: Layer) {
    let text = match read(path) {
        Ok(Some(text)) => text,
        Ok(None) => return,
        Err(why) => {
            let variable = path.display().to_string();
            let problem = Problem::new(Kind::Invalid, variable, None, why);
            entries.problems.push(problem);
            return;
        }
    };
    let (assignments, bad) = dotenv::parse(&text);
    for line in bad {
        let variable = format!("{} line {}", path.display(), line.line);
        let problem = Problem::new(Kind::Invalid, variable, None, line.why);
        entries.problems.push(problem);
    }
    // Within a file the last one counts, and what is added first stays.
    for one in assignments.into_iter().rev() {
        let origin = Origin::DotEnv(path.to_owned(), one.line);
        entries.add(one.name, Some(Rc::new(one.value)), origin, layer);
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => file::whole(path).map(Some),
    }
}
