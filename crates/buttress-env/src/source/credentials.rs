use super::{Entries, Layer, Origin, file};
use crate::error::{Kind, Problem};
use std::{fs, path::Path, rc::Rc};

/// Adds the credentials under the prefix from systemd's `$CREDENTIALS_DIRECTORY`:
/// files named as the variables are, in upper or lower case.
pub(crate) fn add_credentials(entries: &mut Entries, directory: &Path) {
    let files = match fs::read_dir(directory) {
        Ok(files) => files,
        Err(error) => {
            let message = format!("the directory cannot be read: {}", error.kind());
            let variable = "CREDENTIALS_DIRECTORY";
            let origin = Some(Origin::Process);
            let problem = Problem::new(Kind::Invalid, variable, origin, message);
            entries.problems.push(problem);
            return;
        }
    };
    for path in files.flatten().map(|file| file.path()) {
        // Other services' names, or none of ours, may be anything.
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let variable = name.to_ascii_uppercase();
        if !entries.is_ours(&variable) {
            continue;
        }
        let origin = Origin::Credential(name.to_owned());
        match file::read(&path) {
            Ok(text) => entries.add(variable, Some(Rc::new(text)), origin, Layer::Credential),
            Err(why) => {
                let message = format!("the credential {why}");
                let problem = Problem::new(Kind::Invalid, variable, Some(origin), message);
                entries.problems.push(problem);
            }
        }
    }
}
