//! `#[derive(Describe)]` of buttress-env: a struct's doc comments, for people who
//! set its variables. Use it through buttress-env's feature `derive`, whose
//! documentation has examples.
//!
//! What is made is one constant: for each field the name that serde knows it by,
//! its doc comment, and a way to the fields of its own type. Nothing of the struct
//! itself changes, and no field needs to be described.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod expand;
mod rename;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Gives a struct's or an enum's doc comments to buttress-env.
///
/// Serde's `rename`, `rename_all`, `rename_all_fields`, `skip`, `from` and
/// `try_from` count. `#[describe(crate = "path::to::buttress_env")]` on the type
/// says where buttress-env is, for those who have it through another crate.
#[proc_macro_derive(Describe, attributes(describe, serde))]
pub fn describe(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let output = expand::expand(&input);
    output.unwrap_or_else(syn::Error::into_compile_error).into()
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
