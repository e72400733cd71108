//! What a limit comes to under a configuration, and whether a call still fits into it.

use serde_json::Value;

use super::{
    document::{Limit, Spec},
    placeholders::{expand, names, text_of},
    problem::{Problem, member},
};

/// The part of a limit kept for actions unless the spec says otherwise: a tenth.
const KEPT_FOR_ACTIONS: u32 = 10;

impl Limit {
    /// Requests per window under a configuration. None when the property it names holds no positive
    /// whole number.
    pub fn max_in(&self, config: &Value) -> Option<u32> {
        self.max.value_in(config).filter(|max| *max > 0)
    }

    /// Requests of a window left to other programs; none of them when the property is not set. None
    /// when it holds no whole number.
    pub fn leave_in(&self, config: &Value) -> Option<u32> {
        if self.leave_to_others.is_unset(config) { Some(0) } else { self.leave_to_others.value_in(config) }
    }

    /// Requests kept for actions in a window of `max`.
    pub fn keep_in(&self, max: u32) -> u32 {
        self.keep_for_actions.unwrap_or(max / KEPT_FOR_ACTIONS)
    }

    /// The name of the zone in which the vendor tells resets. None when the spec names none, or its
    /// property is not set.
    pub fn reset_zone_in(&self, config: &Value) -> Option<String> {
        expand(self.reset_zone.as_deref()?, |name| config.get(name).and_then(text_of))
    }
}

impl Spec {
    /// Limits that a configuration makes unusable: a number that is none, or too small for one call.
    pub(super) fn limits_out_of_range(&self, config: &Value) -> Vec<Problem> {
        let at = |property: &str, message: String| Some(Problem::new(member("", property), message));
        let judge = |limit: &Limit| {
            let name = &limit.name;
            if let Some(property) = limit.max.property().filter(|_| limit.max_in(config).is_none()) {
                return at(property, format!("limit `{name}` needs a whole number above 0 here"));
            }
            if let Some(property) =
                limit.leave_to_others.property().filter(|_| limit.leave_in(config).is_none())
            {
                return at(
                    property,
                    format!("limit `{name}` leaves this to others: a whole number, 0 or more"),
                );
            }
            let (max, leave) = (limit.max_in(config)?, limit.leave_in(config)?);
            let too_small = self.too_small(limit, max, leave, limit.keep_in(max))?;
            let property = limit.max.property().or(limit.leave_to_others.property())?;
            at(property, format!("{too_small}: give more, or leave less to others"))
        };
        self.limits.iter().filter_map(judge).chain(self.unknown_zones(config)).collect()
    }

    /// Why a limit of `max`, of which `leave` are left to others and `keep` kept for actions, never has
    /// room for one call; none if it has.
    pub fn too_small(&self, limit: &Limit, max: u32, leave: u32, keep: u32) -> Option<String> {
        let cost = u64::from(limit.dearest());
        let streams = self.streams.iter().map(|stream| stream.max_requests).fold(1, u32::max);
        let actions = self.actions.iter().map(|action| action.max_requests).fold(1, u32::max);
        let (max, leave, keep) = (u64::from(max), u64::from(leave), u64::from(keep));
        let sync = (u64::from(streams) * cost, max.saturating_sub(leave + keep));
        let any = (u64::from(streams.max(actions)) * cost, max.saturating_sub(leave));
        let syncs = if self.streams.is_empty() { None } else { Some(sync) };
        let (need, room) = [Some(any), syncs].into_iter().flatten().find(|(need, room)| need > room)?;
        Some(match room == max {
            true => format!(
                "one call may need {need} of limit `{}`, which never fits into a window of {max}",
                limit.name
            ),
            false => format!(
                "one call may need {need} of limit `{}`, which has {room} for it in a window of {max}, \
                 {leave} being left to others and {keep} kept for actions",
                limit.name
            ),
        })
    }

    fn unknown_zones(&self, config: &Value) -> impl Iterator<Item = Problem> {
        self.limits.iter().filter_map(|limit| {
            let property = names(limit.reset_zone.as_deref()?).next()?;
            let zone = limit.reset_zone_in(config).filter(|zone| !is_zone(zone))?;
            let message = format!("`{zone}` is not a time zone: give a name such as Europe/Amsterdam");
            Some(Problem::new(member("", property), message))
        })
    }
}

/// Whether the time zone database knows a name.
pub(super) fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}
