//! What the host would refuse, found before anything is changed: a pure function.

use std::collections::BTreeSet;

use serde_json::Value;
use windlass_sandbox::spec::{Role, Spec};

use super::{
    file::Declared,
    thing::{Kind, There, Thing},
};

/// Sentences that begin with their place in the file.
pub fn problems(declared: &[Declared], there: &There) -> Vec<String> {
    let mut problems = Vec::new();
    for one in declared {
        let checked = Check { declared: one, all: declared, there };
        let found = checked.problems().into_iter();
        problems.extend(found.map(|(place, problem)| match place.as_str() {
            "" => format!("{}: {problem}", one.place()),
            place => format!("{}.{place}: {problem}", one.place()),
        }));
    }
    problems
}

/// A place below the connection or flow, and what is wrong there.
type Problem = (String, String);

struct Check<'a> {
    declared: &'a Declared,
    all: &'a [Declared],
    there: &'a There,
}

impl Check<'_> {
    fn problems(&self) -> Vec<Problem> {
        let Declared { kind, name, .. } = self.declared;
        let other = match kind {
            Kind::Connection => Kind::Flow,
            Kind::Flow => Kind::Connection,
        };
        if self.there.find(other, name).is_some() {
            return vec![here(format!("{name} is a {other} on the host"))];
        }
        if self.declared.absent {
            return self.still_bound().collect();
        }
        let Some((of, spec)) = self.spec() else { return Vec::new() };
        if spec.is_flow() != (*kind == Kind::Flow) {
            let what = if spec.is_flow() { "a flow" } else { "a connector" };
            return vec![here(format!("{of} is {what}, and this is a {kind}"))];
        }
        let thing = self.there.find(*kind, name);
        if let Some(thing) = thing.filter(|thing| thing.of != *of) {
            let detail = format!("{name} is one of {} on the host, and stays one", thing.of);
            return vec![here(format!("{detail}: give this one another name, or delete that first"))];
        }
        let mut problems = self.misplaced(spec);
        if problems.is_empty() {
            problems = self.unfit(spec, thing);
        }
        problems.extend(self.unknown_parts(spec));
        problems.extend(self.unbound(spec, thing));
        problems
    }

    fn spec(&self) -> Option<(&String, &Spec)> {
        let of = self.declared.of.as_ref()?;
        Some((of, self.there.specs.get(of)?))
    }

    /// Properties that are unknown, or stand on the wrong side. What should be a secret is not looked at
    /// any further: other sentences could repeat it.
    fn misplaced(&self, spec: &Spec) -> Vec<Problem> {
        let known = || spec.properties().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let config = self.declared.config.keys().filter_map(|name| {
            let place = format!("config.{name}");
            match (spec.property(name), spec.is_secret(name)) {
                (None, _) => Some((place, format!("{} knows the properties {}", spec.name, known()))),
                (_, true) => {
                    Some((place, format!("{name} is a secret: put where it is found under `secrets`")))
                }
                _ => None,
            }
        });
        let secrets = self
            .declared
            .secrets
            .keys()
            .filter(|name| !spec.is_secret(name))
            .map(|name| (format!("secrets.{name}"), format!("{name} is no secret of {}", spec.name)));
        let unset = self.declared.unset.iter().filter(|name| spec.property(name).is_none()).map(|name| {
            ("unset".to_owned(), format!("{name} is no property of {}, which knows {}", spec.name, known()))
        });
        config.chain(secrets).chain(unset).collect()
    }

    /// Judged as the host does it: the configuration as it is going to be.
    fn unfit(&self, spec: &Spec, thing: Option<&Thing>) -> Vec<Problem> {
        let Declared { config, secrets, unset, .. } = self.declared;
        let mut whole = thing.map(|thing| thing.config.clone()).unwrap_or_default();
        whole.extend(config.clone());
        whole.retain(|name, _| !unset.contains(name));
        let set = thing.iter().flat_map(|thing| &thing.secrets);
        let present: BTreeSet<&String> =
            set.chain(secrets.keys()).filter(|name| !unset.contains(*name)).collect();
        let present: Vec<&String> = present.into_iter().collect();
        let found = spec.validate_config(&Value::Object(whole), &present).into_iter();
        let place = |pointer: &str| match pointer.trim_start_matches('/') {
            "" => String::new(),
            path => {
                let name = path.split('/').next().unwrap_or_default();
                let side = if spec.is_secret(name) { "secrets" } else { "config" };
                format!("{side}.{}", path.replace('/', "."))
            }
        };
        found.map(|problem| (place(&problem.pointer), problem.message)).collect()
    }

    fn unknown_parts(&self, spec: &Spec) -> Vec<Problem> {
        let Declared { streams, limits, .. } = self.declared;
        let unknown = |what: &str, name: &String| {
            (format!("{what}s.{name}"), format!("{} has no {what} {name}", spec.name))
        };
        let streams = streams.keys().filter(|name| spec.stream(name).is_none());
        let limits = limits.keys().filter(|name| spec.limit(name).is_none());
        streams.map(|name| unknown("stream", name)).chain(limits.map(|name| unknown("limit", name))).collect()
    }

    fn unbound(&self, spec: &Spec, thing: Option<&Thing>) -> Vec<Problem> {
        let connect = &self.declared.connect;
        let is_bound = |role: &String| {
            connect.contains_key(role) || thing.is_some_and(|thing| thing.connect.contains_key(role))
        };
        let free = spec.roles.iter().filter(|(role, _)| !is_bound(role)).map(|(role, declared)| {
            ("connect".to_owned(), format!("the role {role} wants a connection of {}", declared.connector))
        });
        let wrong = connect.iter().filter_map(|(role, connection)| {
            let wrong = match spec.roles.get(role) {
                None => Some(format!("{} has no role {role}", spec.name)),
                Some(declared) => self.cannot_be_bound(declared, connection),
            };
            wrong.map(|wrong| (format!("connect.{role}"), wrong))
        });
        free.chain(wrong).collect()
    }

    /// Flows of the host that keep a connection which is to be absent.
    fn still_bound(&self) -> impl Iterator<Item = Problem> {
        let keeps = |flow: &&Thing| {
            let declared = self.all.iter().find(|one| one.kind == Kind::Flow && one.name == flow.name);
            let bound = |role: &String, there: &String| {
                let anew = declared.and_then(|declared| declared.connect.get(role));
                *anew.unwrap_or(there) == self.declared.name
            };
            let stays = !declared.is_some_and(|declared| declared.absent);
            stays && flow.connect.iter().any(|(role, connection)| bound(role, connection))
        };
        let flows = self.there.flows.values().filter(|_| self.declared.kind == Kind::Connection);
        flows.filter(keeps).map(|flow| {
            here(format!(
                "the flow {} is bound to it: bind that to another, or let it be absent too",
                flow.name
            ))
        })
    }

    fn cannot_be_bound(&self, role: &Role, name: &str) -> Option<String> {
        let declared = |one: &&Declared| one.kind == Kind::Connection && one.name == name;
        let declared = self.all.iter().find(declared);
        if declared.is_some_and(|connection| connection.absent) {
            return Some(format!("the connection {name} is to be absent"));
        }
        let declared = declared.and_then(|connection| connection.of.as_ref());
        let there = self.there.connections.get(name).map(|connection| &connection.of);
        match declared.or(there) {
            None => Some(format!("there is no connection {name}, and the file makes none")),
            Some(of) if *of != role.connector => {
                Some(format!("it wants a connection of {}, and {name} is one of {of}", role.connector))
            }
            Some(_) => None,
        }
    }
}

fn here(detail: String) -> Problem {
    (String::new(), detail)
}
