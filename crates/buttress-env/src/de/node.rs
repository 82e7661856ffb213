mod refusal;

use super::{pass::Pass, stand_in};
use crate::{
    error::{Kind, Problem},
    name,
    source::{Found, Text},
};
use serde::de::{Expected, Visitor};

/// How deep a type that holds itself is described.
const MAX_DEPTH: u8 = 8;

/// How deep stand-ins hold each other before they are kept small.
const MAX_STOOD: u8 = 3;

/// A place in the target, and what there is for it.
#[derive(Clone)]
pub(super) struct Node<'w> {
    pub(super) pass: &'w Pass<'w>,
    pub(super) variable: String,
    depth: u8,
    /// Whether `VAR_FILE` may stand for `VAR`.
    by_file: bool,
    given: Given,
    pub(super) secret: bool,
    stand_in: Option<usize>,
    /// How many stand-ins this is inside of.
    stood: u8,
    /// How many of them are an enum's.
    chosen: u8,
}

#[derive(Clone)]
enum Given {
    /// What the sources have.
    ByName,
    /// A part of a variable's text: an element of a list.
    Part(Text),
    /// Nothing, for it would be inside of a part of this variable's text.
    Inside(String),
    /// Nothing that is worth a word: part of a stand-in.
    Nothing,
}

/// What a leaf is made of.
pub(super) enum Leaf {
    Text(Text),
    StandIn(usize),
}

impl<'w> Node<'w> {
    pub(super) fn root(pass: &'w Pass<'w>, prefix: &str) -> Self {
        Self {
            pass,
            variable: prefix.to_owned(),
            depth: 0,
            by_file: false,
            given: Given::ByName,
            secret: false,
            stand_in: None,
            stood: 0,
            chosen: 0,
        }
    }

    /// The node for `field`, by name.
    pub(super) fn child(&self, field: &str, by_file: bool) -> Self {
        let variable = name::child(&self.variable, self.depth == 0, field);
        let told = self.pass.entries.is_secret(&variable);
        if told {
            self.pass.mark_secret(&variable);
        }
        Self {
            pass: self.pass,
            stand_in: self.pass.plan.stand_in(&variable).or(self.stand_in),
            variable,
            depth: self.depth.saturating_add(1),
            by_file,
            given: match &self.given {
                Given::ByName => Given::ByName,
                Given::Part(_) => Given::Inside(self.variable.clone()),
                inside => inside.clone(),
            },
            secret: self.secret || told,
            stood: self.stood,
            chosen: self.chosen,
        }
    }

    /// The node for one element of this variable's text.
    pub(super) fn part(&self, text: Text) -> Self {
        Self {
            given: Given::Part(text),
            ..self.clone()
        }
    }

    /// The key of this place in a map, for which a stand-in is another than for the
    /// value.
    pub(super) fn key(&self, key: &str) -> Self {
        if let Given::Nothing = self.given {
            return self.clone();
        }
        Self {
            stand_in: self.pass.plan.stand_in(&self.key_name()),
            ..self.part(Text::new(key.to_owned().into()))
        }
    }

    /// What the plan knows the key by. No variable has such a name.
    pub(super) fn key_name(&self) -> String {
        format!("{}=", self.variable)
    }

    /// This place with a stand-in, whatever there is for it.
    pub(super) fn stand_in(&self, index: usize) -> Self {
        Self {
            given: Given::Nothing,
            stand_in: Some(index),
            stood: self.stood.saturating_add(1),
            ..self.clone()
        }
    }

    /// As above, for a variant of an enum.
    pub(super) fn chosen(&self, index: usize) -> Self {
        Self {
            chosen: self.chosen.saturating_add(1),
            ..self.stand_in(index)
        }
    }

    /// Whether stand-ins hold more of each other than any type needs that does not
    /// hold itself: then lists and maps are empty.
    pub(super) const fn is_deep(&self) -> bool {
        self.stood > MAX_STOOD
    }

    /// By how much an enum is too deep: one that holds itself has a variant that
    /// does not, so the next is taken each time.
    pub(super) fn too_often(&self) -> usize {
        self.chosen.saturating_sub(MAX_STOOD).into()
    }

    /// Whether a struct gives this field to its visitor. One that is left out is
    /// `None`, or a default, or found to be missing.
    pub(super) fn is_given(&self) -> bool {
        if self.pass.plan.is_alias(&self.variable) {
            return false;
        }
        self.stand_in.is_some()
            || self.pass.is_describing()
            || self.pass.plan.is_forced(&self.variable)
            || self.pass.entries.has(&self.variable, self.by_file)
    }

    /// Whether there is nothing for this place and all below it, or an empty text.
    pub(super) fn is_unset(&self) -> bool {
        if self.stand_in.is_some() {
            return true;
        }
        match &self.given {
            Given::Part(text) => text.is_empty(),
            Given::Inside(_) | Given::Nothing => true,
            Given::ByName if self.pass.is_describing() => {
                self.depth > MAX_DEPTH || self.pass.is_full()
            }
            Given::ByName if self.has_children() => false,
            Given::ByName => match self.pass.entries.find(&self.variable, self.by_file) {
                Found::Text(text, _) => text.is_empty(),
                Found::Bad(_) => false,
                Found::Nothing => true,
            },
        }
    }

    /// Notes that the type's own default, or `None`, is what counts.
    pub(super) fn note_unset(&self) {
        let is_alias = self.pass.plan.is_alias(&self.variable);
        if let (Given::ByName, false) = (&self.given, is_alias) {
            let variable = self.variable.clone();
            self.pass.note_default(variable, String::new(), self.secret);
        }
    }

    /// Whether the value is spread over variables below this one's name.
    pub(super) fn is_group(&self) -> bool {
        let entries = self.pass.entries;
        let by_name = matches!(self.given, Given::ByName) && !self.pass.is_describing();
        let found = || entries.find(&self.variable, self.by_file);
        by_name
            && self.stand_in.is_none()
            && self.has_children()
            && matches!(found(), Found::Nothing)
    }

    fn has_children(&self) -> bool {
        let mut children = self.pass.entries.children(&self.variable);
        children.next().is_some()
    }

    /// The text for a value that is to be `expected`, or what to give in its
    /// place; then what is wrong has been noted.
    pub(super) fn leaf(&self, expected: impl Fn() -> String) -> Leaf {
        if let Given::ByName = self.given {
            if self.pass.is_describing() {
                let variable = self.variable.clone();
                self.pass.note_default(variable, expected(), self.secret);
                return Leaf::StandIn(self.stand_in.unwrap_or(0));
            }
        }
        if let Some(index) = self.stand_in {
            return Leaf::StandIn(index);
        }
        match &self.given {
            Given::ByName => self.look_up(expected),
            Given::Part(text) => self.checked(text.clone()),
            Given::Inside(variable) => {
                self.refuse_text_of(variable);
                Leaf::StandIn(0)
            }
            Given::Nothing => Leaf::StandIn(0),
        }
    }

    fn look_up(&self, expected: impl Fn() -> String) -> Leaf {
        match self.pass.entries.find(&self.variable, self.by_file) {
            Found::Text(text, origin) => {
                let (name, secret) = (&self.variable, self.secret);
                self.pass.note_value(name, origin, secret, &text);
                self.checked(text)
            }
            Found::Bad(problem) => {
                self.pass.note(problem);
                Leaf::StandIn(0)
            }
            Found::Nothing => {
                let message = format!("missing, expected {}", expected());
                let name = self.variable.as_str();
                self.pass
                    .note(Problem::new(Kind::Missing, name, None, message));
                Leaf::StandIn(0)
            }
        }
    }

    fn checked(&self, text: Text) -> Leaf {
        if self.secret && text.is_empty() {
            self.refuse("expected a secret, and it is empty".into());
            return Leaf::StandIn(0);
        }
        Leaf::Text(text)
    }

    /// The text, with a stand-in where there is none that will do.
    pub(super) fn text(&self, expected: impl Fn() -> String) -> Text {
        match self.leaf(expected) {
            Leaf::Text(text) => text,
            Leaf::StandIn(index) => Text::new(stand_in::text(index).to_owned().into()),
        }
    }
}

/// What is expected where anything will do.
pub(super) const TEXT: &str = "text";

/// What a visitor says that it expects.
pub(super) fn expectation<'de, V: Visitor<'de>>(visitor: &V) -> String {
    match (visitor as &dyn Expected).to_string().as_str() {
        "a string" | "path string" => TEXT.into(),
        expected => expected.to_owned(),
    }
}
