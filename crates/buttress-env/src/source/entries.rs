use super::{Layer, Origin, file};
use crate::{
    error::{Kind, Problem},
    name::NEST,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};
use zeroize::Zeroizing;

/// A type that holds itself is walked as deep as a name is, on the stack.
const MAX_LEVELS: usize = 64;

/// A value's text, wiped when the last that holds it is gone.
pub(crate) type Text = Rc<Zeroizing<String>>;

/// Every variable that may be ours, by its full name: the strongest source's.
pub(crate) struct Entries {
    prefix: String,
    map: BTreeMap<String, Entry>,
    /// Files that were read, so that walking again reads none again.
    files: RefCell<BTreeMap<String, Found>>,
    secrets: Vec<String>,
    pub(crate) problems: Vec<Problem>,
}

pub(crate) struct Entry {
    /// `None` when it is no UTF-8.
    pub(crate) text: Option<Text>,
    pub(crate) origin: Origin,
    pub(crate) layer: Layer,
    used: Cell<bool>,
}

/// What there is for a field.
#[derive(Clone)]
pub(crate) enum Found {
    Text(Text, Origin),
    /// There is something, and it is no good.
    Bad(Problem),
    Nothing,
}

impl Entries {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: format!("{prefix}_"),
            map: BTreeMap::new(),
            files: RefCell::default(),
            secrets: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// What is secret whatever its type says.
    pub(crate) fn with_secrets(self, names: &[String]) -> Self {
        Self {
            secrets: names.to_vec(),
            ..self
        }
    }

    pub(crate) fn is_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| secret == name)
    }

    /// Whether `name` is the prefix itself, which stands for the outermost struct.
    pub(crate) fn is_root(&self, name: &str) -> bool {
        self.prefix.strip_suffix('_') == Some(name)
    }

    /// Whether `name` is under the prefix.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        name.starts_with(&self.prefix)
    }

    /// Adds what no stronger source has; call it for the strongest first.
    pub(crate) fn add(&mut self, name: String, text: Option<Text>, origin: Origin, layer: Layer) {
        if !self.is_ours(&name) {
            return;
        }
        if name.matches(NEST).count() > MAX_LEVELS {
            let message = format!("a name has at most {MAX_LEVELS} levels");
            let problem = Problem::new(Kind::Unknown, name, Some(origin), message);
            self.problems.push(problem);
        } else {
            self.map.entry(name).or_insert(Entry {
                text,
                origin,
                layer,
                used: Cell::new(false),
            });
        }
    }

    /// The entry of this very name, which counts as used from now on.
    pub(crate) fn take(&self, name: &str) -> Option<&Entry> {
        let entry = self.map.get(name)?;
        entry.used.set(true);
        Some(entry)
    }

    /// Whether there is anything for `name`, itself or below it.
    pub(crate) fn has(&self, name: &str, by_file: bool) -> bool {
        self.map.contains_key(name)
            || (by_file && self.map.contains_key(&of_file(name)))
            || self.children(name).next().is_some()
    }

    /// What is below `name`: each full name, with what follows `name__`.
    pub(crate) fn children(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let start = format!("{name}{NEST}");
        let range = self.map.range(start.clone()..);
        range.map_while(move |(full, _)| Some((full.as_str(), full.strip_prefix(&start)?)))
    }

    /// The value for `name`: its own, or that of the file which `name_FILE` names.
    pub(crate) fn find(&self, name: &str, by_file: bool) -> Found {
        let direct = self.take(name);
        let file_variable = of_file(name);
        let file = if by_file {
            self.take(&file_variable)
        } else {
            None
        };
        match (direct, file) {
            (Some(direct), Some(file)) if direct.layer == file.layer => {
                let message = format!("{name} and {file_variable} are both set: keep one");
                let origin = Some(direct.origin.clone());
                Found::Bad(Problem::new(Kind::Invalid, name, origin, message))
            }
            (Some(direct), file) if file.is_none_or(|file| direct.layer < file.layer) => {
                direct.found(name)
            }
            (_, Some(file)) => self.read(name, file_variable, file),
            _ => Found::Nothing,
        }
    }

    fn read(&self, name: &str, variable: String, entry: &Entry) -> Found {
        if let Some(found) = self.files.borrow().get(&variable) {
            return found.clone();
        }
        let found = match entry.found(&variable) {
            Found::Text(path, _) => match file::read(path.as_str()) {
                Ok(text) => Found::Text(Rc::new(text), Origin::File(variable.clone())),
                Err(why) => {
                    let message = format!("the file that {variable} names {why}");
                    let origin = Some(entry.origin.clone());
                    Found::Bad(Problem::new(Kind::Invalid, name, origin, message))
                }
            },
            bad => bad,
        };
        self.files.borrow_mut().insert(variable, found.clone());
        found
    }

    /// All text at `name` and below it, files included.
    pub(crate) fn texts_under(&self, name: &str) -> Vec<Text> {
        let all = self.is_root(name);
        let own = |full: &str| {
            all || full
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest == "_FILE" || rest.starts_with(NEST))
        };
        let map = self.map.iter().filter(|(full, _)| own(full));
        let mut texts: Vec<_> = map.filter_map(|(_, entry)| entry.text.clone()).collect();
        for (full, found) in self.files.borrow().iter() {
            if let (true, Found::Text(text, _)) = (own(full), found) {
                texts.push(text.clone());
            }
        }
        texts
    }

    /// What nothing has asked for.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let entries = self.map.iter().filter(|(_, entry)| !entry.used.get());
        entries.map(|(name, entry)| (name.as_str(), entry))
    }
}

impl Entry {
    fn found(&self, name: &str) -> Found {
        match &self.text {
            Some(text) => Found::Text(text.clone(), self.origin.clone()),
            None => {
                let origin = Some(self.origin.clone());
                let message = "expected UTF-8, and it is none";
                Found::Bad(Problem::new(Kind::Invalid, name, origin, message))
            }
        }
    }
}

fn of_file(name: &str) -> String {
    format!("{name}_FILE")
}
