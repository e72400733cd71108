//! What of a connector is approved.

use windlass_db::Version;
use windlass_sandbox::spec::Spec;

use crate::{host::Host, problem::Problem};

/// What a person approved last. A version that asked for less became active without a word since, and did
/// not take that back: asking for it again needs no approval. What was approved in two versions is not put
/// together, because nobody has seen it as one.
pub async fn spec(host: &Host, connector: &str) -> Result<Option<Spec>, Problem> {
    let versions = host.db.versions_of(connector).await?;
    last(&versions).map(|version| Spec::parse(&version.spec).map_err(Problem::host)).transpose()
}

fn last(versions: &[Version]) -> Option<&Version> {
    let approved = versions.iter().filter_map(|version| Some((version.approved_at?, version)));
    approved.max_by_key(|(at, _)| *at).map(|(_, version)| version)
}

#[cfg(test)]
mod tests {
    use windlass_db::VersionState;

    use super::*;

    fn version(number: &str, approved_at: Option<i64>) -> Version {
        Version {
            connector: "shop".into(),
            version: number.into(),
            digest: number.into(),
            spec: "{}".into(),
            state: VersionState::Approved,
            active: false,
            installed_at: 0,
            activated_at: None,
            approved_at,
            bad_at: None,
            bad_evidence: None,
        }
    }

    #[test]
    fn the_last_word_of_a_person_counts() {
        let check = |versions: &[Version], expected: Option<&str>| {
            assert_eq!(last(versions).map(|version| version.version.as_str()), expected);
        };
        check(&[], None);
        check(&[version("1", None)], None);
        // The second swapped silently, since it asked for less.
        check(&[version("2", None), version("1", Some(5))], Some("1"));
        check(&[version("1", Some(5)), version("2", Some(7)), version("3", None)], Some("2"));
    }
}
