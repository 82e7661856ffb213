//! The constant that stands for a type's doc comments.

use crate::{
    attributes::{Serde, doc, home},
    rename::Rule,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Error, Field, Fields, Path, Type, ext::IdentExt,
};

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let home = &home(&input.attrs)?;
    let serde = Serde::of(&input.attrs);
    let fields = match (&serde.from, &input.data) {
        (Some(read), _) => of_type(home, read),
        (None, Data::Struct(data)) => of_fields(home, &data.fields, serde.rename_all),
        (None, Data::Enum(data)) => of_variants(home, data, &serde),
        (None, Data::Union(data)) => {
            let message = "a union has no fields that serde could read";
            return Err(Error::new_spanned(data.union_token, message));
        }
    };
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        const _: () = {
            // Gives `Probe` the fields of a type that is not described: none.
            use #home::describe::NotDescribed as _;

            #[automatically_derived]
            impl #generics #home::Describe for #name #arguments #bounds {
                const FIELDS: &'static [#home::describe::Field] = #fields;
            }
        };
    })
}

/// The fields of `read`, or none if it is not described.
fn of_type(home: &Path, read: &Type) -> TokenStream {
    quote!(#home::describe::Probe::<#read>::FIELDS)
}

fn of_fields(home: &Path, fields: &Fields, rule: Option<Rule>) -> TokenStream {
    match fields {
        Fields::Named(fields) => {
            let fields = fields.named.iter();
            let fields = fields.filter_map(|field| of_field(home, field, rule));
            quote!(&[#(#fields),*])
        }
        // Serde reads it as what it holds.
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            of_type(home, &fields.unnamed[0].ty)
        }
        _ => quote!(&[]),
    }
}

fn of_field(home: &Path, field: &Field, rule: Option<Rule>) -> Option<TokenStream> {
    let serde = Serde::of(&field.attrs);
    if serde.skip {
        return None;
    }
    let own = field.ident.as_ref()?.unraw().to_string();
    let renamed = || rule.map_or_else(|| own.clone(), |rule| rule.field(&own));
    let name = serde.rename.unwrap_or_else(renamed);
    let inner = of_type(home, &field.ty);
    Some(one(home, &name, &field.attrs, &inner))
}

/// Each variant as a field, whose fields are those of the variant.
fn of_variants(home: &Path, data: &DataEnum, container: &Serde) -> TokenStream {
    let variants = data.variants.iter().filter_map(|variant| {
        let serde = Serde::of(&variant.attrs);
        if serde.skip {
            return None;
        }
        let own = variant.ident.unraw().to_string();
        let rule = container.rename_all;
        let renamed = || rule.map_or_else(|| own.clone(), |rule| rule.variant(&own));
        let name = serde.rename.unwrap_or_else(renamed);
        let rule = serde.rename_all.or(container.rename_all_fields);
        let inner = of_fields(home, &variant.fields, rule);
        Some(one(home, &name, &variant.attrs, &inner))
    });
    quote!(&[#(#variants),*])
}

fn one(home: &Path, name: &str, attributes: &[Attribute], inner: &TokenStream) -> TokenStream {
    let doc = doc(attributes);
    // A function, so that a type may hold itself.
    quote!(#home::describe::Field { name: #name, doc: #doc, inner: || #inner })
}
