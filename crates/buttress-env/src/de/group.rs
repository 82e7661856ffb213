//! Structs and maps: variables that share the beginning of their names.

use super::{
    fault::{Fault, Stuck},
    node::{Leaf, Node},
    stand_in,
};
use crate::{name::NEST, source::Text};
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value::StrDeserializer};
use std::{borrow::Cow, collections::BTreeSet, vec};

/// Gives the visitor each field for which there is something.
pub(super) fn visit_struct<'de, V: Visitor<'de>>(
    node: &Node<'_>,
    fields: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, Fault> {
    let node = &node.without_text();
    let member = |field: &&'static str| {
        let child = node.child(field, may_be_in_file(field, fields));
        (Cow::Borrowed(*field), child)
    };
    let mut members: Vec<Member<'_>> = fields.iter().map(member).collect();
    // The walk ends at one that takes no stand-in, so that is the last.
    let plan = node.pass.plan;
    members.sort_by_key(|(_, child)| {
        let name = &child.variable;
        (plan.is_stubborn(name), !plan.is_early(name))
    });
    let walked = visitor.visit_map(Members::new(members, false));
    walked.map_err(|fault| match fault {
        Fault::Twice(field) => node.pass.twice(field, node.child(field, true).variable),
        Fault::Lacks(field) => Fault::At(node.child(field, true).variable, Stuck::Absent),
        fault => fault,
    })
}

/// `CERT_FILE` is the file for `cert`, unless there is a field `cert_file`.
fn may_be_in_file(field: &str, fields: &[&str]) -> bool {
    let is_its_file = |other: &&str| {
        other
            .strip_prefix(field)
            .is_some_and(|rest| matches!(rest, "_file" | "-file" | "File" | "_FILE"))
    };
    !fields.iter().any(is_its_file)
}

/// Gives the visitor each `VAR__KEY` as `key`, or each `key=value` of the text.
pub(super) fn visit_map<'de, V: Visitor<'de>>(
    node: &Node<'_>,
    visitor: V,
) -> Result<V::Value, Fault> {
    if node.is_group() {
        return visitor.visit_map(Members::new(by_name(node), true));
    }
    let expected = || format!("key=value, comma separated, or {}{NEST}KEY", node.variable);
    let members = match node.leaf(expected) {
        Leaf::Text(text) => in_text(node, &text),
        Leaf::StandIn(index) => stand_ins(node, index),
    };
    visitor.visit_map(Members::new(members, true))
}

/// A key or field and its place.
type Member<'w> = (Cow<'static, str>, Node<'w>);

fn by_name<'w>(node: &Node<'w>) -> Vec<Member<'w>> {
    let children = node.pass.entries.children(&node.variable);
    let mut keys: BTreeSet<&str> = children
        .map(|(_, rest)| rest.split_once(NEST).map_or(rest, |(key, _)| key))
        .collect();
    // `KEY_FILE` is where the value of `KEY` is, and no key of its own.
    let in_file: Vec<&str> = keys
        .iter()
        .filter_map(|key| key.strip_suffix("_FILE"))
        .collect();
    for key in in_file {
        keys.insert(key);
    }
    let is_file = |key: &str| key.strip_suffix("_FILE").is_some();
    let keys = keys.iter().filter(|key| !key.is_empty() && !is_file(key));
    keys.map(|key| (key.to_ascii_lowercase().into(), node.child(key, true)))
        .collect()
}

fn in_text<'w>(node: &Node<'w>, text: &str) -> Vec<Member<'w>> {
    let mut members = Vec::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        match pair.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                let value = Text::new(value.trim().to_owned().into());
                members.push((key.trim().to_owned().into(), node.part(value)));
            }
            _ => node.refuse("expected key=value, comma separated".into()),
        }
    }
    members
}

fn stand_ins<'w>(node: &Node<'w>, index: usize) -> Vec<Member<'w>> {
    // Where the keys are an enum's or numbers, no member is the better guess.
    let len = if node.is_deep() {
        0
    } else {
        stand_in::length(index + 1)
    };
    let member = || (stand_in::text(index).into(), node.stand_in(index));
    (0..len).map(|_| member()).collect()
}

struct Members<'w> {
    rest: vec::IntoIter<Member<'w>>,
    current: Option<Node<'w>>,
    /// Whether keys may be of any type: those of structs are names.
    are_typed: bool,
}

impl<'w> Members<'w> {
    fn new(members: Vec<Member<'w>>, are_typed: bool) -> Self {
        Self {
            rest: members.into_iter(),
            current: None,
            are_typed,
        }
    }

    /// The next for which there is something; what is passed over has a default,
    /// or else will be found missing.
    fn next_given(&mut self) -> Option<Member<'w>> {
        loop {
            let member = self.rest.next()?;
            if member.1.is_given() {
                return Some(member);
            }
            member.1.note_unset();
        }
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, node)) = self.next_given() else {
            return Ok(None);
        };
        let pass = node.pass;
        let key = if self.are_typed {
            seed.deserialize(node.key(&key))
        } else {
            let text: StrDeserializer<'_, Fault> = key.as_ref().into_deserializer();
            seed.deserialize(text)
        };
        let key = key.map_err(
            |fault| match pass.locate(&node.variable, node.secret, fault) {
                Fault::At(name, stuck) if name == node.variable => {
                    Fault::At(node.key_name(), stuck)
                }
                fault => fault,
            },
        )?;
        pass.notes.borrow_mut().last.clone_from(&node.variable);
        self.current = Some(node);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        // Serde calls this once after each key, so there is one.
        let Some(node) = self.current.take() else {
            return Err(Fault::Refused("expected a key before its value".into()));
        };
        let (pass, variable, secret) = (node.pass, node.variable.clone(), node.secret);
        let value = seed.deserialize(node);
        value.map_err(|fault| pass.locate(&variable, secret, fault))
    }
}
