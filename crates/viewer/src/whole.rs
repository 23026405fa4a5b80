//! The whole file of a surface that is drawn from its first part: other fields, standard errors,
//! digests. It is fetched when something of it is wanted.

use lossland_surface::{FieldKind, SplitKinds};

/// A file that is not there yet.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Where it is, relative to the page.
    pub url: String,
    /// Its length, as the catalogue has it.
    pub n_bytes: u64,
    /// The fields that it holds; none until the first part is there, which says so.
    pub kinds: Vec<FieldKind>,
    /// How far it has come.
    pub status: WholeStatus,
}

/// How far a whole file has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WholeStatus {
    /// Nothing of it is wanted.
    NotWanted,
    /// It is to be fetched.
    Wanted,
    /// It is on its way.
    Loading,
    /// It can't be had, and why.
    Failed(String),
    /// It can't be had, and one goes on without it.
    DoneWithout,
}

impl Whole {
    /// One that nothing is wanted of.
    pub fn new(url: String, n_bytes: u64) -> Self {
        Self { url, n_bytes, kinds: Vec::new(), status: WholeStatus::NotWanted }
    }

    /// Whether it has this field.
    pub fn holds(&self, kind: &FieldKind) -> bool {
        self.kinds.contains(kind)
    }

    /// Whether it has standard errors.
    pub fn has_stderr(&self) -> bool {
        [SplitKinds::TRAIN, SplitKinds::TEST].iter().any(|split| self.holds(&split.stderr))
    }

    /// Whether it is to be fetched.
    pub fn is_wanted(&self) -> bool {
        self.status == WholeStatus::Wanted
    }

    /// Something of it is wanted; what could not be had is not asked for again and again.
    pub(crate) fn want(&mut self) {
        if self.status == WholeStatus::NotWanted {
            self.status = WholeStatus::Wanted;
        }
    }
}
