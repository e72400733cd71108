//! What a sync will take, said before its progress.

use serde_json::Value;

use super::{moment, output, table::cell};

/// What is over sooner needs no word.
const WORTH_SAYING_MS: i64 = 5_000;

/// Says on standard error what the estimate of a started sync holds, if that is worth a line.
pub fn say(run: &Value) {
    let Some(estimate) = run.get("estimate").filter(|estimate| estimate.is_object()) else { return };
    let ends_at = cell(estimate, "/ends_at");
    let is_short = moment::left_ms(&ends_at).is_some_and(|left| left <= WORTH_SAYING_MS);
    if !is_short {
        let line = line(&cell(run, "/stream"), estimate, &moment::of(&ends_at));
        output::note(&output::plain(&line));
    }
}

/// `ends` in words; empty when that cannot be known.
fn line(stream: &str, estimate: &Value, ends: &str) -> String {
    let count = |pointer: &str| cell(estimate, pointer);
    let takes = match count("/pages") {
        pages if pages.is_empty() => "it cannot be known how much there is to read".to_owned(),
        pages => format!("about {pages} pages, {} requests", count("/requests")),
    };
    let limit = count("/limit");
    let limits = estimate.get("limits").and_then(Value::as_array).into_iter().flatten();
    let room = limits.filter(|known| cell(known, "/name") == limit).map(|known| cell(known, "/room")).next();
    let room = room.map(|room| format!("; limit {limit} has room for {room} now")).unwrap_or_default();
    let ends = match (ends.is_empty(), count("/pages").is_empty()) {
        (false, _) => format!("; ends {ends}"),
        (true, false) => "; it cannot be known when it ends".to_owned(),
        (true, true) => String::new(),
    };
    format!("{stream}: {takes}{room}{ends}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::line;

    #[test]
    fn a_line_says_what_is_known() {
        let check =
            |estimate, ends: &str, expected: &str| assert_eq!(line("items", &estimate, ends), expected);
        let limits = json!([{ "name": "hour", "room": 700 }, { "name": "minute", "room": 88 }]);
        check(
            json!({ "pages": 240, "requests": 480, "limits": limits, "limit": "minute" }),
            "at 14:32",
            "items: about 240 pages, 480 requests; limit minute has room for 88 now; ends at 14:32",
        );
        check(
            json!({ "pages": null, "requests": null, "limits": limits, "limit": "minute" }),
            "",
            "items: it cannot be known how much there is to read; limit minute has room for 88 now",
        );
        check(
            json!({ "pages": 7, "requests": 7, "limits": limits, "limit": "hour" }),
            "",
            "items: about 7 pages, 7 requests; limit hour has room for 700 now; it cannot be known when it ends",
        );
        check(
            json!({ "pages": null, "requests": null, "limits": [], "limit": null }),
            "",
            "items: it cannot be known how much there is to read",
        );
    }
}
