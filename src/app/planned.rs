//! A plan of a large session, made beside the update: what it is made of, shared and not copied
//! where it is long, and what came of it. Refuses nothing; `update::planning` judges whether it is
//! still wanted.

use std::collections::HashMap;

use crate::model::link::Fault;
use crate::model::{Plan, Session, TrackId};
use crate::plan::{self, Overrides, Source, Surroundings};

/// The names of the stems that each track stands in.
pub type StemOf = HashMap<TrackId, Vec<String>>;

/// What a plan is made of, as it was when it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Planning {
    /// Later ones have higher numbers.
    pub number: u64,
    pub session: Session,
    pub source: Source,
    pub overrides: Overrides,
    pub around: Surroundings,
}

/// The plan of that number.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    pub number: u64,
    pub plan: Result<Plan, Fault>,
    pub stem_of: StemOf,
}

impl Planning {
    /// Makes the plan: milliseconds for thousands of tracks.
    pub fn make(&self) -> Planned {
        let plan = plan::make(&self.session, &self.source, &self.overrides, &self.around);
        Planned {
            number: self.number,
            stem_of: plan.as_ref().map(stem_of).unwrap_or_default(),
            plan: plan.map_err(Fault::from),
        }
    }
}

/// Which stems of a plan each track stands in.
pub fn stem_of(plan: &Plan) -> StemOf {
    let mut all = StemOf::with_capacity(plan.mix_tracks.len());
    for stem in &plan.stems {
        for track in &stem.tracks {
            let stems = all.entry(track.id.clone()).or_default();
            stems.push(stem.name.clone());
        }
    }
    all
}
