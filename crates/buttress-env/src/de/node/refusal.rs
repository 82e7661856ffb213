//! What is wrong with a place, in words.

use super::{Given, Node};
use crate::{
    de::fault::{Fault, Stuck},
    error::{Kind, Problem},
    name::NEST,
    source::Found,
};

impl Node<'_> {
    /// Notes that the value is not as expected; the caller gives a stand-in.
    pub(in crate::de) fn refuse(&self, message: String) {
        let origin = self.pass.origin(&self.variable);
        let name = self.variable.as_str();
        self.pass
            .note(Problem::new(Kind::Invalid, name, origin, message));
    }

    /// What to read a struct from: this, unless it is one text, which says nothing
    /// of fields and would be passed over in silence.
    pub(in crate::de) fn without_text(&self) -> Self {
        let has_text = match &self.given {
            _ if self.stand_in.is_some() || self.pass.is_describing() => false,
            Given::Part(_) => true,
            Given::ByName => match self.pass.entries.find(&self.variable, false) {
                Found::Text(text, _) => !text.is_empty(),
                Found::Bad(_) => true,
                Found::Nothing => false,
            },
            Given::Inside(_) | Given::Nothing => false,
        };
        match &self.given {
            _ if !has_text => self.clone(),
            // What is below has names of its own, and is read.
            Given::ByName => {
                self.note_text(&self.variable, "");
                self.clone()
            }
            _ => {
                self.refuse_text_of(&self.variable);
                self.stand_in(0)
            }
        }
    }

    pub(super) fn refuse_text_of(&self, variable: &str) {
        self.note_text(variable, &format!("0 or {variable}{NEST}KEY"));
    }

    fn note_text(&self, variable: &str, below: &str) {
        let message = format!(
            "expected no text, but one variable for each field, below {variable}{NEST}{below}"
        );
        let origin = self.pass.origin(variable);
        self.pass
            .note(Problem::new(Kind::Invalid, variable, origin, message));
    }

    /// Notes what no stand-in can help with, and ends the walk.
    pub(in crate::de) fn give_up(&self, message: &str) -> Fault {
        let name = self.variable.as_str();
        self.pass
            .note(Problem::new(Kind::Invalid, name, None, message));
        Fault::At(name.to_owned(), Stuck::Hopeless)
    }
}
