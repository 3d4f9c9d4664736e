//! Promotion: what runs in one environment is put in place in the next.

use super::planning::plan;
use crate::{
    app::{
        flow::{Out, notice},
        promote::source,
        state::State,
        store::environments::read_rows,
    },
    model::ServiceKey,
    ops::Wish,
};

/// Plans to put the image in place that runs in the environment that this one is promoted from.
pub(in crate::app) fn begin(state: &mut State, key: ServiceKey, out: &mut Out) {
    match source(state, &key) {
        Ok(from) => {
            if state.rows.get(&from).is_some_and(|row| row.version.image.is_empty()) {
                // the plan reads it whole; the row tells it meanwhile
                read_rows(out, vec![from.clone()]);
            }
            plan(state, key, Wish::Promote { from }, out);
        }
        Err(why) => notice(state, out, why, true),
    }
}
