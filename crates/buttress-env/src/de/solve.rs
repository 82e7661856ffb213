use super::{
    fault::{Fault, Stuck},
    node::Node,
    pass::{Notes, Pass, Row},
    plan::Plan,
};
use crate::{error::Problem, source::Entries};
use serde::de::DeserializeOwned;
use std::{cell::RefCell, hash::RandomState};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Read the values.
    Load,
    /// Only find out what the type asks for; no value is looked at.
    Describe,
}

/// What there is to say about a type and its variables.
pub(crate) struct Outcome<T> {
    /// `None` if anything is wrong.
    pub(crate) value: Option<T>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) rows: Vec<Row>,
    /// Walks ended early: there may be more problems.
    pub(crate) incomplete: bool,
    /// They ended so early that an unused variable may be a good one.
    pub(crate) blind: bool,
}

/// Walks until everything has been seen.
pub(crate) fn solve<T: DeserializeOwned>(
    entries: &Entries,
    prefix: &str,
    mode: Mode,
    hasher: &RandomState,
) -> Outcome<T> {
    let mut plan = Plan::default();
    let mut notes = Notes::default();
    loop {
        let earlier = std::mem::take(&mut notes.rows);
        let pass = Pass {
            entries,
            plan: &plan,
            mode,
            hasher,
            notes: RefCell::new(notes),
        };
        let walked = T::deserialize(Node::root(&pass, prefix));
        let walked = walked.map_err(|fault| pass.locate(prefix, false, fault));
        notes = pass.notes.into_inner();
        if mode == Mode::Describe {
            notes.keep_expected(&earlier);
        }
        match walked {
            Ok(value) => return outcome(Some(value), notes, None, &plan),
            // The whole was refused: there is nothing else to see.
            Err(Fault::At(name, Stuck::Refused)) if name == prefix => {
                // On a stand-in its check fails of itself, and was not heard.
                let heard = notes.problems.iter().any(|one| one.variable() == prefix);
                let stuck = (!heard).then_some(Stuck::Refused);
                return outcome(None, notes, stuck, &plan);
            }
            Err(Fault::At(_, stuck)) if stuck == Stuck::Hopeless => {
                return outcome(None, notes, Some(stuck), &plan);
            }
            Err(fault) => {
                if !plan.learn(fault) {
                    return outcome(None, notes, Some(Stuck::Refused), &plan);
                }
            }
        }
    }
}

fn outcome<T>(value: Option<T>, notes: Notes, stuck: Option<Stuck>, plan: &Plan) -> Outcome<T> {
    Outcome {
        // One made of stand-ins is of no use.
        value: value.filter(|_| notes.problems.is_empty()),
        problems: notes.problems,
        rows: notes.rows,
        incomplete: stuck == Some(Stuck::Refused),
        blind: stuck == Some(Stuck::Hopeless) || plan.is_blind(),
    }
}
