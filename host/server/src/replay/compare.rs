//! Compares a call with its replay. A pure function.

use std::collections::{BTreeMap, BTreeSet};

use windlass_sandbox::{
    egress::Exchange,
    replay::{Ending, Failed},
};

use super::{
    again::{Again, Texts},
    difference::{Difference, Part},
    members::changed,
};

/// A call as it was.
pub struct Was<'t> {
    pub requests: &'t [Exchange],
    pub ending: &'t Ending,
    /// Its records, where they are known.
    pub records: Option<&'t Texts>,
}

/// Nothing if the replay is the same byte for byte.
pub fn compare(was: &Was<'_>, again: &Again) -> Vec<Difference> {
    let mut found = requests(was.requests, &again.requests);
    if let Some(strayed) = &again.strayed {
        // How the call ended then says nothing about the version.
        if found.is_empty() {
            found.push(Difference::new(Part::Asked, "", None, Some(strayed)));
        }
        return found;
    }
    let (before, after) = (was.ending, &again.ending);
    let failure = |failed: &Option<Failed>| failed.as_ref().map(told);
    found.extend(differ(Part::Failure, failure(&before.failed), failure(&after.failed)));
    found.extend(records(was, again));
    found.extend(deleted(before, after));
    found.extend(differ(Part::Checkpoint, before.checkpoint.clone(), after.checkpoint.clone()));
    found.extend(differ(Part::More, Some(before.more.to_string()), Some(after.more.to_string())));
    found.extend(output(before, after));
    found.extend(storage(before, after));
    found
}

fn differ(part: Part, was: Option<String>, now: Option<String>) -> Option<Difference> {
    (was != now).then(|| Difference::new(part, "", was.as_deref(), now.as_deref()))
}

fn told(failed: &Failed) -> String {
    let vendor = match failed.vendor_code.as_str() {
        "" => String::new(),
        code => format!(" [{code}]"),
    };
    let until = failed.until.map(|until| format!(" (until {until})")).unwrap_or_default();
    let extras = failed.extras.as_ref().map(|extras| format!(" {extras}")).unwrap_or_default();
    format!("{}: {}{vendor}{until}{extras}", failed.code, failed.message)
}

/// Those that the guest knows of, without what both begin and end with.
fn requests(was: &[Exchange], now: &[Exchange]) -> Vec<Difference> {
    let was: Vec<&Exchange> = was.iter().filter(|exchange| !exchange.unseen).collect();
    let now: Vec<&Exchange> = now.iter().collect();
    let asks_same = |one: &&Exchange, other: &&Exchange| {
        (&one.method, &one.url, &one.headers, &one.body)
            == (&other.method, &other.url, &other.headers, &other.body)
    };
    let alike = |(one, other): &(&&Exchange, &&Exchange)| asks_same(one, other);
    let first = was.iter().zip(&now).take_while(alike).count();
    let rest = (&was[first..], &now[first..]);
    let last = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(alike).count();
    let middle = (&rest.0[..rest.0.len() - last], &rest.1[..rest.1.len() - last]);
    let pair = |place: usize| {
        let (was, now) = (middle.0.get(place), middle.1.get(place));
        let bare = |exchange: &&Exchange| text(exchange, false);
        let is_in_headers = was.map(bare) == now.map(bare);
        let whole = |exchange: &&Exchange| text(exchange, is_in_headers);
        let name = (first + place + 1).to_string();
        Difference::new(Part::Requests, name, was.map(whole).as_deref(), now.map(whole).as_deref())
    };
    (0..middle.0.len().max(middle.1.len())).map(pair).collect()
}

fn text(exchange: &Exchange, with_headers: bool) -> String {
    let headers = exchange.headers.iter().filter(|_| with_headers);
    let headers: String = headers.map(|(name, value)| format!(" {name}: {value}")).collect();
    let body = String::from_utf8_lossy(&exchange.body);
    let gap = if body.is_empty() { "" } else { " " };
    format!("{} {}{headers}{gap}{body}", exchange.method, exchange.url)
}

type Sums<'e> = BTreeMap<(&'e str, &'e str), u64>;

fn sums(ending: &Ending) -> Vec<((&str, &str), u64)> {
    let streams = ending.streams.iter();
    streams
        .flat_map(|stream| stream.records().map(|(key, sum)| ((stream.stream.as_str(), key), sum)))
        .collect()
}

fn records(was: &Was<'_>, again: &Again) -> Vec<Difference> {
    let (before, after) = (sums(was.ending), sums(&again.ending));
    if before == after {
        return Vec::new();
    }
    // Of several records with one key the last counts.
    let old: Sums<'_> = before.iter().copied().collect();
    let new: Sums<'_> = after.iter().copied().collect();
    let mut found = Vec::new();
    let places: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    for (stream, key) in places {
        let place = (stream, key);
        if old.get(&place) == new.get(&place) {
            continue;
        }
        let owned = (stream.to_owned(), key.to_owned());
        let was = was.records.and_then(|records| records.get(&owned)).map(String::as_str);
        let now = again.records.get(&owned).map(String::as_str);
        let name = if stream.is_empty() { key.to_owned() } else { format!("{stream} {key}") };
        match (old.contains_key(&place), new.contains_key(&place), was, now) {
            (true, true, Some(was), Some(now)) => {
                let named = |place: &str| format!("{name} {place}").trim_end().to_owned();
                found.extend(changed(was, now).into_iter().map(|(place, was, now)| {
                    Difference::new(Part::Records, named(&place), was.as_deref(), now.as_deref())
                }));
            }
            (true, false, ..) => {
                found.push(Difference::new(Part::Records, name, Some(was.unwrap_or(NOT_KEPT)), None));
            }
            (_, _, was, now) => {
                let was = old.contains_key(&place).then(|| was.unwrap_or(NOT_KEPT));
                found.push(Difference::new(Part::Records, name, was, now));
            }
        }
    }
    if found.is_empty() {
        let order = |sums: &[((&str, &str), u64)]| {
            sums.iter().map(|((_, key), _)| *key).collect::<Vec<_>>().join(" ")
        };
        let (was, now) = (order(&before), order(&after));
        found.push(Difference::new(Part::Records, "order", Some(&was), Some(&now)));
    }
    found
}

/// Stands for a record of which only the sum is known.
const NOT_KEPT: &str = "another record, which is not kept in the trace";

fn deleted(before: &Ending, after: &Ending) -> Vec<Difference> {
    let keys = |ending: &Ending| -> Vec<(String, String)> {
        let streams = ending.streams.iter();
        let keys =
            streams.flat_map(|stream| stream.deleted.iter().map(|key| (stream.stream.clone(), key.clone())));
        keys.collect()
    };
    let (was, now) = (keys(before), keys(after));
    let only = |these: &[(String, String)], those: &[(String, String)]| -> Vec<String> {
        let name = |(stream, key): &(String, String)| format!("{stream} {key}").trim_start().to_owned();
        these.iter().filter(|one| !those.contains(one)).map(name).collect()
    };
    let gone = only(&was, &now).into_iter();
    let gone = gone.map(|key| Difference::new(Part::Deleted, key, Some("deleted"), None));
    let new = only(&now, &was).into_iter();
    gone.chain(new.map(|key| Difference::new(Part::Deleted, key, None, Some("deleted")))).collect()
}

fn output(before: &Ending, after: &Ending) -> Vec<Difference> {
    let text = |ending: &Ending| {
        ending.output.as_ref().map(|output| String::from_utf8_lossy(&output.0).into_owned())
    };
    match (text(before), text(after)) {
        (Some(was), Some(now)) => changed(&was, &now)
            .into_iter()
            .map(|(place, was, now)| Difference::new(Part::Output, place, was.as_deref(), now.as_deref()))
            .collect(),
        (was, now) => differ(Part::Output, was, now).into_iter().collect(),
    }
}

/// Values are known by their sums alone.
fn storage(before: &Ending, after: &Ending) -> Vec<Difference> {
    let writes = |ending: &Ending| -> BTreeMap<String, String> {
        let told = |sum: Option<u64>| match sum {
            Some(sum) => format!("a value with the sum {sum:016x}"),
            None => "deleted".to_owned(),
        };
        ending.written.iter().map(|write| (write.key.clone(), told(write.sum))).collect()
    };
    let (was, now) = (writes(before), writes(after));
    let keys: BTreeSet<&String> = was.keys().chain(now.keys()).collect();
    let differ = keys.into_iter().filter(|key| was.get(*key) != now.get(*key));
    let text = |writes: &BTreeMap<String, String>, key: &String| writes.get(key).cloned();
    differ
        .map(|key| {
            Difference::new(
                Part::Storage,
                key.clone(),
                text(&was, key).as_deref(),
                text(&now, key).as_deref(),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
