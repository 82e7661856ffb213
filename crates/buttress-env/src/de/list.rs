//! Lists: commas in one variable, or one variable for each element.

use super::{
    fault::Fault,
    node::{Leaf, Node},
    stand_in,
};
use crate::source::Text;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use std::vec;

/// Gives the visitor `VAR__0`, `VAR__1` and so on, or what stands between the
/// commas of the text. `len` is that of a tuple.
pub(super) fn visit<'de, V: Visitor<'de>>(
    node: &Node<'_>,
    len: Option<usize>,
    visitor: V,
) -> Result<V::Value, Fault> {
    let mut elements = if node.is_group() {
        indexed(node)
    } else {
        let expected = || format!("a list, comma separated, or {}__0 and so on", node.variable);
        match node.leaf(expected) {
            Leaf::Text(text) => between_commas(node, &text),
            Leaf::StandIn(index) => {
                let fitting = if node.is_deep() {
                    0
                } else {
                    stand_in::length(index)
                };
                let len = len.unwrap_or(fitting);
                vec![node.stand_in(index); len]
            }
        }
    };
    // A tuple's visitor does not look for more than it wants.
    if let Some(len) = len.filter(|len| *len != elements.len()) {
        node.refuse(format!("expected a list of {len}"));
        elements = vec![node.stand_in(0); len];
    }
    visitor.visit_seq(Elements(elements.into_iter()))
}

/// Up to the first index that is not there; what is behind a gap is unknown.
fn indexed<'w>(node: &Node<'w>) -> Vec<Node<'w>> {
    let at = |index: usize| node.child(&index.to_string(), true);
    (0..).map(at).take_while(Node::is_given).collect()
}

fn between_commas<'w>(node: &Node<'w>, text: &str) -> Vec<Node<'w>> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let part = |part: &str| node.part(Text::new(part.trim().to_owned().into()));
    text.split(',').map(part).collect()
}

struct Elements<'w>(vec::IntoIter<Node<'w>>);

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.0.next() else {
            return Ok(None);
        };
        let (pass, variable, secret) = (node.pass, node.variable.clone(), node.secret);
        let element = seed.deserialize(node).map(Some);
        element.map_err(|fault| pass.locate(&variable, secret, fault))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
