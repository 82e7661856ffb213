use super::{
    fault::{Fault, Stuck},
    plan::Plan,
    scrub,
    solve::Mode,
};
use crate::{
    error::{Kind, Problem},
    name::NEST,
    source::{Entries, Found, Origin},
};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
};
use zeroize::Zeroizing;

/// More than any type has that does not hold itself.
const MAX_ROWS: usize = 4096;

/// One walk over the target's type.
pub(super) struct Pass<'w> {
    pub(super) entries: &'w Entries,
    pub(super) plan: &'w Plan,
    pub(super) mode: Mode,
    pub(super) hasher: &'w RandomState,
    pub(super) notes: RefCell<Notes>,
}

/// What walks bring home; problems are kept from one to the next.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) problems: Vec<Problem>,
    pub(super) rows: Vec<Row>,
    secrets: BTreeSet<String>,
    /// The field that was given last.
    pub(super) last: String,
}

/// A variable that the type asks for.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) variable: String,
    /// Only when describing.
    pub(crate) expected: String,
    pub(crate) origin: Origin,
    pub(crate) secret: bool,
    /// `None` for a default or a secret.
    pub(crate) text: Option<Zeroizing<String>>,
    /// Tells whether a reload changed the value, without keeping the value.
    pub(crate) fingerprint: u64,
}

impl Notes {
    /// What an optional value is expected to be is known only until its type has
    /// refused a stand-in: then there is none.
    pub(super) fn keep_expected(&mut self, earlier: &[Row]) {
        for row in self.rows.iter_mut().filter(|row| row.expected.is_empty()) {
            let known = earlier.iter().find(|known| known.variable == row.variable);
            if let Some(known) = known {
                row.expected.clone_from(&known.expected);
            }
        }
    }
}

impl Pass<'_> {
    /// Whether so much was described that it must be a type that holds itself.
    pub(super) fn is_full(&self) -> bool {
        self.notes.borrow().rows.len() >= MAX_ROWS
    }

    pub(super) fn is_describing(&self) -> bool {
        self.mode == Mode::Describe
    }

    /// Notes what is wrong with `variable`, once.
    pub(super) fn note(&self, problem: Problem) {
        let problems = &mut self.notes.borrow_mut().problems;
        if !problems
            .iter()
            .any(|known| known.variable() == problem.variable())
        {
            problems.push(problem);
        }
    }

    pub(super) fn note_value(&self, variable: &str, origin: Origin, secret: bool, text: &str) {
        let fingerprint = self.hasher.hash_one(text);
        let mut notes = self.notes.borrow_mut();
        let secret = secret || notes.secrets.iter().any(|name| is_under(variable, name));
        notes.rows.push(Row {
            variable: variable.to_owned(),
            expected: String::new(),
            origin,
            secret,
            text: (!secret).then(|| Zeroizing::new(text.to_owned())),
            fingerprint,
        });
    }

    pub(super) fn note_default(&self, variable: String, expected: String, secret: bool) {
        let rows = &mut self.notes.borrow_mut().rows;
        if rows.iter().any(|row| row.variable == variable) {
            return;
        }
        rows.push(Row {
            variable,
            expected,
            origin: Origin::Default,
            secret,
            text: None,
            fingerprint: 0,
        });
    }

    /// From now on nothing of this variable's value is shown.
    pub(super) fn mark_secret(&self, variable: &str) {
        let mut notes = self.notes.borrow_mut();
        if notes.secrets.insert(variable.to_owned()) {
            let rows = notes.rows.iter_mut();
            for row in rows.filter(|row| is_under(&row.variable, variable)) {
                row.secret = true;
                row.text = None;
            }
        }
    }

    /// Gives a fault the place where it happened, and notes it if it is news.
    pub(super) fn locate(&self, variable: &str, secret: bool, fault: Fault) -> Fault {
        let message = match fault {
            at @ Fault::At(..) => return at,
            Fault::Refused(message) => message,
            Fault::Lacks(field) => format!("expected a field `{field}`"),
            Fault::Twice(field) => format!("`{field}` is set under two names"),
        };
        if !self.is_known(variable) {
            let message = self.without_values(variable, secret, &message);
            let origin = self.origin(variable);
            self.note(Problem::new(Kind::Invalid, variable, origin, message));
        }
        Fault::At(variable.to_owned(), Stuck::Refused)
    }

    /// Tells which of a field's names came too much, when `first` did so.
    pub(super) fn twice(&self, field: &str, first: String) -> Fault {
        let last = self.notes.borrow().last.clone();
        if last == first {
            return Fault::At(first, Stuck::Late);
        }
        // It was asked for, so it is not unknown as well.
        if let Found::Text(_, origin) = self.entries.find(&last, true) {
            let message = format!("`{field}` is set under two names: keep {first}");
            self.note(Problem::new(Kind::Invalid, &last, Some(origin), message));
        }
        Fault::At(last, Stuck::Alias)
    }

    /// As the function, and everything is under the outermost struct, whose name
    /// is the prefix.
    fn is_under(&self, name: &str, group: &str) -> bool {
        self.entries.is_root(group) || is_under(name, group)
    }

    /// Whether something is wrong there already: a check over several values
    /// fails of itself on a stand-in among them.
    fn is_known(&self, variable: &str) -> bool {
        let problems = &self.notes.borrow().problems;
        problems
            .iter()
            .any(|known| self.is_under(known.variable(), variable))
    }

    fn without_values(&self, variable: &str, secret: bool, message: &str) -> String {
        let secrets = &self.notes.borrow().secrets;
        if secret || secrets.iter().any(|name| self.is_under(name, variable)) {
            return "refused by its type (what it says is not shown, for it is or may be a secret)"
                .into();
        }
        let texts = self.entries.texts_under(variable);
        let texts: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
        let unshown = "refused by its type (what it says repeats part of the value)";
        scrub::harmless(message, &texts).unwrap_or(unshown).into()
    }

    pub(super) fn origin(&self, variable: &str) -> Option<Origin> {
        let rows = &self.notes.borrow().rows;
        let row = rows.iter().find(|row| row.variable == variable)?;
        Some(row.origin.clone())
    }
}

/// Whether `name` is `group`, or below it.
pub(crate) fn is_under(name: &str, group: &str) -> bool {
    name.strip_prefix(group)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(NEST))
}
