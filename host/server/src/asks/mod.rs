//! What a version asks for, compared with what is approved.
//!
//! Two rules make this one simple: every ask is a sentence that says all that is enforced of it, so
//! what was approved is what was shown; and two asks are compared by their sentences.
//!
//! To add a kind of ask: a [`Group`], and a line in `render`.

mod login;
mod render;
#[cfg(test)]
mod tests;

use windlass_sandbox::spec::Spec;

/// One thing that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub group: Group,
    /// What makes it the same ask in two versions.
    pub name: String,
    /// The number that may be lowered without a word.
    most: Option<u64>,
    terms: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Hosts,
    Auth,
    Secrets,
    SafeRequests,
    Limits,
    Webhooks,
    Actions,
    Streams,
    Budgets,
    Roles,
}

/// An ask beside the approved one of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub ask: Ask,
    pub difference: Difference,
    /// The approved text, where it differs.
    pub was: Option<String>,
    pub needs_approval: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    Same,
    Added,
    Changed,
    Lowered,
    Removed,
}

impl Ask {
    pub fn text(&self) -> String {
        match self.most {
            Some(most) => format!("at most {most} {}", self.terms),
            None => self.terms.clone(),
        }
    }
}

/// Everything a version asks for, beside what was approved (nothing, for a first version). What was
/// approved and is no longer asked for comes last.
pub fn compare(approved: Option<&Spec>, asked: &Spec) -> Vec<Compared> {
    let before = approved.map(render::asks).unwrap_or_default();
    let after = render::asks(asked);
    let gone = before.iter().filter(|ask| find(&after, ask).is_none());
    let gone: Vec<Compared> = gone.map(|ask| removed(ask, asked)).collect();
    after.into_iter().map(|ask| beside(find(&before, &ask), ask)).chain(gone).collect()
}

fn find<'a>(asks: &'a [Ask], wanted: &Ask) -> Option<&'a Ask> {
    asks.iter().find(|ask| ask.group == wanted.group && ask.name == wanted.name)
}

fn beside(approved: Option<&Ask>, ask: Ask) -> Compared {
    let difference = match approved {
        None => Difference::Added,
        Some(approved) if *approved == ask => Difference::Same,
        Some(approved) if approved.terms == ask.terms && is_lower(ask.most, approved.most) => {
            Difference::Lowered
        }
        Some(_) => Difference::Changed,
    };
    let was = approved.filter(|approved| **approved != ask).map(Ask::text);
    let needs_approval = matches!(difference, Difference::Added | Difference::Changed);
    Compared { ask, difference, was, needs_approval }
}

fn is_lower(asked: Option<u64>, approved: Option<u64>) -> bool {
    matches!((asked, approved), (Some(asked), Some(approved)) if asked < approved)
}

/// Asking for less is no news, but two removals are a gain: a limit that is gone bounds nothing any
/// more, and a secret that stays as a plain property would be handed to the connector.
fn removed(ask: &Ask, asked: &Spec) -> Compared {
    let needs_approval = match ask.group {
        Group::Limits => true,
        Group::Secrets => asked.property(&ask.name).is_some(),
        _ => false,
    };
    Compared { ask: ask.clone(), difference: Difference::Removed, was: Some(ask.text()), needs_approval }
}
