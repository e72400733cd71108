//! The numbers of a connection's limits: approved with the spec or taken from the configuration, and
//! lowered by a person.

mod set;

use serde_json::Value;
use windlass_db::{LimitClaim, LimitSetting};
use windlass_sandbox::spec::{Limit, Spec};

pub use set::{LimitInput, SetNumbers, apply, look_again, set};

/// What a connection says of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    pub max: Number,
    pub leave_to_others: Number,
    pub keep_for_actions: Number,
    /// Never above this.
    pub approved_max: i64,
    /// Never below this.
    pub approved_leave: i64,
}

/// A number, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub value: i64,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Spec,
    /// The property of the configuration.
    Configuration(String),
    /// A person has set it.
    Set,
}

impl Numbers {
    /// Under a configuration with its defaults. None when it holds no number where the limit takes one.
    pub fn of(limit: &Limit, config: &Value, setting: Option<&LimitSetting>) -> Option<Numbers> {
        let (max, leave) = (limit.max_in(config)?, limit.leave_in(config)?);
        let mut numbers = Numbers::approved(max.into(), leave.into(), limit.keep_in(max).into());
        numbers.max.origin = origin(limit.max.property());
        numbers.leave_to_others.origin = origin(limit.leave_to_others.property());
        let Some(setting) = setting else { return Some(numbers) };
        if let Some(max) = setting.max.filter(|max| *max < numbers.approved_max) {
            numbers.max = Number::set(max);
            let kept = u32::try_from(max).map_or(0, |max| limit.keep_in(max));
            numbers.keep_for_actions.value = kept.into();
        }
        if let Some(leave) = setting.leave_to_others.filter(|leave| *leave > numbers.approved_leave) {
            numbers.leave_to_others = Number::set(leave);
        }
        if let Some(keep) = setting.keep_for_actions {
            numbers.keep_for_actions = Number::set(keep);
        }
        Some(numbers)
    }

    /// As the spec has them.
    pub fn approved(max: i64, leave: i64, keep: i64) -> Numbers {
        let number = |value| Number { value, origin: Origin::Spec };
        Numbers {
            max: number(max),
            leave_to_others: number(leave),
            keep_for_actions: number(keep),
            approved_max: max,
            approved_leave: leave,
        }
    }

    /// Why no call would ever fit; none if one does.
    pub fn too_small(&self, spec: &Spec, limit: &Limit) -> Option<String> {
        let [max, leave, keep] = [&self.max, &self.leave_to_others, &self.keep_for_actions]
            .map(|number| u32::try_from(number.value).unwrap_or(u32::MAX));
        spec.too_small(limit, max, leave, keep)
    }

    /// `scope` names those who share the limit.
    pub fn claim(&self, limit: &Limit, scope: String) -> LimitClaim {
        LimitClaim {
            scope,
            name: limit.name.clone(),
            max: self.max.value,
            window_ms: i64::from(limit.window_seconds) * 1_000,
            leave_to_others: self.leave_to_others.value,
            keep_for_actions: self.keep_for_actions.value,
        }
    }
}

impl Number {
    fn set(value: i64) -> Number {
        Number { value, origin: Origin::Set }
    }
}

fn origin(property: Option<&str>) -> Origin {
    property.map_or(Origin::Spec, |property| Origin::Configuration(property.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn limit() -> Limit {
        serde_json::from_value(json!({
            "name": "hourly", "max": "{per_hour}", "window-seconds": 3600, "leave-to-others": 5,
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(per_hour: i64, setting: LimitSetting, expected: [(i64, Origin); 3]) {
        let numbers = Numbers::of(&limit(), &json!({ "per_hour": per_hour }), Some(&setting)).unwrap();
        let found = [numbers.max, numbers.leave_to_others, numbers.keep_for_actions];
        assert_eq!(found.map(|number| (number.value, number.origin)), expected);
    }

    #[test]
    fn a_setting_only_takes_less() {
        let property = || Origin::Configuration("per_hour".into());
        let set = |max, leave, keep| LimitSetting {
            name: "hourly".into(),
            max,
            leave_to_others: leave,
            keep_for_actions: keep,
        };
        check(750, set(None, None, None), [(750, property()), (5, Origin::Spec), (75, Origin::Spec)]);
        check(750, set(Some(100), None, None), [(100, Origin::Set), (5, Origin::Spec), (10, Origin::Spec)]);
        check(750, set(None, Some(9), Some(0)), [(750, property()), (9, Origin::Set), (0, Origin::Set)]);
        // The configuration was lowered below what had been set, or a version leaves more.
        check(50, set(Some(100), Some(4), None), [(50, property()), (5, Origin::Spec), (5, Origin::Spec)]);
        assert_eq!(Numbers::of(&limit(), &json!({}), None), None);
    }
}
