//! Enums: the text names a variant without data; `VAR__VARIANT…` one with data.

use super::{
    fault::{Fault, one_of},
    group, list,
    node::{Leaf, Node},
};
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor, value::StrDeserializer,
};

/// More than the variants of any enum that holds itself.
const MAX_TRIED: usize = 100;

pub(super) fn visit<'de, V: Visitor<'de>>(
    node: &Node<'_>,
    variants: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, Fault> {
    if node.too_often() > MAX_TRIED {
        return Err(node.give_up("this type holds itself in a way that cannot be described"));
    }
    if node.is_group() {
        let given = |variant: &&&str| node.child(variant, true).is_given();
        if let Some(variant) = variants.iter().find(given) {
            let data = node.child(variant, true);
            return visitor.visit_enum(Choice { variant, data });
        }
    }
    let expected = || one_of(variants)["expected ".len()..].to_owned();
    let (variant, data) = match node.leaf(expected) {
        Leaf::Text(text) => match by_name(&text, variants) {
            Some(variant) => (variant, node.child(variant, true)),
            None => {
                node.refuse(one_of(variants));
                nth(node, variants, 0)
            }
        },
        Leaf::StandIn(index) => nth(node, variants, index),
    };
    visitor.visit_enum(Choice { variant, data })
}

/// As it stands, or else in whatever case.
fn by_name(text: &str, variants: &[&'static str]) -> Option<&'static str> {
    let exact = variants.iter().find(|variant| **variant == text);
    let alike = || variants.iter().find(|one| one.eq_ignore_ascii_case(text));
    exact.or_else(alike).copied()
}

fn nth<'w>(node: &Node<'w>, variants: &[&'static str], index: usize) -> (&'static str, Node<'w>) {
    let one = (index + node.too_often()) % variants.len().max(1);
    let variant = variants.get(one).copied();
    (variant.unwrap_or_default(), node.chosen(index))
}

struct Choice<'w> {
    variant: &'static str,
    data: Node<'w>,
}

impl<'de, 'w> EnumAccess<'de> for Choice<'w> {
    type Error = Fault;
    type Variant = Data<'w>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Fault> {
        let name: StrDeserializer<'_, Fault> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, Data(self.data)))
    }
}

struct Data<'w>(Node<'w>);

impl Data<'_> {
    fn located<T>(self, read: impl FnOnce(Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let (pass, variable, secret) = (self.0.pass, self.0.variable.clone(), self.0.secret);
        read(self).map_err(|fault| pass.locate(&variable, secret, fault))
    }
}

impl<'de> VariantAccess<'de> for Data<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.located(|data| seed.deserialize(data.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.located(|data| list::visit(&data.0, Some(len), visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.located(|data| group::visit_struct(&data.0, fields, visitor))
    }
}
