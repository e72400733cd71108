//! When a stream runs by itself: as the file has it, and as the API does.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    cron::{Cron, UTC},
    every, time,
};

/// `every` of a stream that runs by hand only.
const NEVER: &str = "never";

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Shown")]
pub enum Schedule {
    Never,
    /// An interval in its shortest writing.
    Every(String),
    Cron {
        expression: String,
        zone: String,
    },
}

/// In the API's form.
#[derive(Deserialize)]
struct Shown {
    every: Option<String>,
    cron: Option<String>,
    zone: Option<String>,
}

impl From<Shown> for Schedule {
    fn from(shown: Shown) -> Self {
        match (shown.every, shown.cron) {
            (Some(every), _) => Schedule::Every(every),
            (None, Some(expression)) => {
                Schedule::Cron { expression, zone: shown.zone.unwrap_or_else(|| UTC.to_owned()) }
            }
            (None, None) => Schedule::Never,
        }
    }
}

impl Schedule {
    /// As the file has it; none if it says nothing. Written as the host keeps it, so that what is the same
    /// reads the same.
    pub fn declared(
        every: Option<&str>,
        cron: Option<&str>,
        zone: Option<&str>,
    ) -> Result<Option<Self>, String> {
        match (every, cron, zone) {
            (None, None, None) => Ok(None),
            (Some(NEVER), None, None) => Ok(Some(Schedule::Never)),
            (Some(every), None, None) => {
                let every_ms = every::parse(every).map_err(|error| format!("every: {error}"))?;
                Ok(Some(Schedule::Every(every::text(every_ms))))
            }
            (None, Some(expression), zone) => {
                let zone = zone.unwrap_or(UTC);
                let cron = Cron::parse(expression, zone, time::unix_ms()).map_err(|e| e.to_string())?;
                let zone = cron.zone_name(zone).to_owned();
                Ok(Some(Schedule::Cron { expression: expression.trim().to_owned(), zone }))
            }
            (None, None, Some(_)) => Err("`zone` goes with `cron`".to_owned()),
            (Some(_), _, _) => Err("give `every`, or `cron` and its `zone`, not both".to_owned()),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        match self {
            Schedule::Never => NEVER.to_owned(),
            Schedule::Every(every) => every.clone(),
            Schedule::Cron { expression, zone } => format!("{expression} ({zone})"),
        }
    }

    /// What the API takes.
    pub fn members(&self) -> Map<String, Value> {
        let members = match self {
            Schedule::Never => json!({ "every": null }),
            Schedule::Every(every) => json!({ "every": every }),
            Schedule::Cron { expression, zone } => json!({ "cron": expression, "zone": zone }),
        };
        members.as_object().cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn a_schedule_is_an_interval_or_by_the_clock() {
        let check = |every, cron, zone, expected: Result<&str, &str>| {
            let declared = Schedule::declared(every, cron, zone);
            let declared =
                declared.map(|schedule| schedule.map(|schedule| schedule.text()).unwrap_or_default());
            match expected {
                Ok(text) => assert_eq!(declared.as_deref(), Ok(text)),
                Err(part) => assert!(declared.as_ref().is_err_and(|e| e.contains(part)), "{declared:?}"),
            }
        };
        check(None, None, None, Ok(""));
        check(Some("never"), None, None, Ok("never"));
        check(Some("120s"), None, None, Ok("2m"));
        check(None, Some("30 6 * * *"), None, Ok("30 6 * * * (UTC)"));
        check(None, Some(" 30 6 * * *"), Some("europe/warsaw"), Ok("30 6 * * * (Europe/Warsaw)"));
        check(None, None, Some("UTC"), Err("goes with `cron`"));
        check(Some("2m"), Some("30 6 * * *"), None, Err("not both"));
        check(None, Some("often"), None, Err("is not a cron expression"));
        check(None, Some("30 6 * * *"), Some("Atlantis"), Err("is not a time zone"));
    }

    #[test]
    fn what_the_api_shows_is_what_it_takes() {
        for schedule in [
            Schedule::Never,
            Schedule::Every("2m".to_owned()),
            Schedule::Cron { expression: "0 6 * * *".to_owned(), zone: "Europe/Warsaw".to_owned() },
        ] {
            assert_eq!(serde_json::from_value::<Schedule>(schedule.members().into()).unwrap(), schedule);
        }
    }
}
