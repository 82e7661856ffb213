//! What attributes say: serde's as far as names need them, and our own.

use crate::rename::Rule;
use syn::{
    Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path, Token, Type,
    meta::ParseNestedMeta,
    parse::{Parse, ParseStream},
    token::Paren,
};

/// Serde's attributes of a type, a variant or a field.
#[derive(Default)]
pub(crate) struct Serde {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<Rule>,
    pub(crate) rename_all_fields: Option<Rule>,
    pub(crate) skip: bool,
    /// The type that is read in place of this one.
    pub(crate) from: Option<Type>,
}

impl Serde {
    /// What is wrong with them serde says itself.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let mut found = Self::default();
        let own = |attribute: &&Attribute| attribute.path().is_ident("serde");
        for attribute in attributes.iter().filter(own) {
            let _ = attribute.parse_nested_meta(|meta| found.add(&meta));
        }
        found
    }

    fn add(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string);
        match word.as_deref().unwrap_or_default() {
            "rename" => self.rename = for_reading(meta)?.map(|name| name.value()),
            "rename_all" => self.rename_all = rule(meta)?,
            "rename_all_fields" => self.rename_all_fields = rule(meta)?,
            "from" | "try_from" => self.from = Some(meta.value()?.parse::<LitStr>()?.parse()?),
            "skip" | "skip_deserializing" => self.skip = true,
            _ => pass_over(meta)?,
        }
        Ok(())
    }
}

fn rule(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<Rule>> {
    let word = for_reading(meta)?;
    Ok(word.and_then(|word| Rule::parse(&word.value())))
}

/// The text of `name = "…"`, or of `name(deserialize = "…")`.
fn for_reading(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if !meta.input.peek(Paren) {
        return meta.value()?.parse().map(Some);
    }
    let mut found = None;
    meta.parse_nested_meta(|inner| {
        let value: LitStr = inner.value()?.parse()?;
        if inner.path.is_ident("deserialize") {
            found = Some(value);
        }
        Ok(())
    })?;
    Ok(found)
}

fn pass_over(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(Paren) {
        meta.parse_nested_meta(|inner| pass_over(&inner))?;
    }
    Ok(())
}

/// Where buttress-env is.
pub(crate) fn home(attributes: &[Attribute]) -> syn::Result<Path> {
    let mut home = None;
    for attribute in attributes {
        if attribute.path().is_ident("describe") {
            home = Some(attribute.parse_args::<Home>()?.0);
        }
    }
    home.map_or_else(|| syn::parse_str("::buttress_env"), Ok)
}

/// `crate = "path"`.
struct Home(Path);

impl Parse for Home {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        input.parse::<LitStr>()?.parse().map(Self)
    }
}

/// The doc comment, without what marks it as one.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let texts: Vec<String> = attributes.iter().filter_map(doc_text).collect();
    let lines = texts.iter().flat_map(|text| {
        // Only `/** … */` spans lines, and those are indented as the code is.
        let is_block = text.contains('\n');
        let lines = text.split('\n');
        lines.map(move |line| if is_block { of_block(line) } else { line })
    });
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim_matches('\n').to_owned()
}

fn of_block(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix('*').unwrap_or(line)
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
