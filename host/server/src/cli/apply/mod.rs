//! `windlass apply FILE`: connections and flows are made what a file says.
//!
//! [`file`] reads what is declared, [`look`] what is there, [`plan`] is the difference, [`show`] tells it,
//! [`perform`] does it.

mod check;
mod differences;
mod file;
mod look;
mod perform;
mod plan;
mod schedule;
mod secrets;
mod show;
mod thing;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{
    Context, Ended,
    failure::{Exit, Failure},
    output, value,
};
use file::Declared;
use perform::{Failed, Outcome, Step};
use plan::Plan;
use secrets::Given;
use thing::There;

#[derive(clap::Args)]
#[command(after_long_help = FILE)]
pub struct Apply {
    /// TOML, as below; `-` reads standard input
    file: PathBuf,
    /// Only show the difference and its hash
    #[arg(long, conflicts_with_all = ["yes", "expect"])]
    plan: bool,
    /// Do it only if this is still the plan; asks nothing
    #[arg(long, value_name = "HASH")]
    expect: Option<String>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// The file, and what it means.
const FILE: &str = r#"What the file does not name is left alone: other connections and flows, and of
those that it names every property, secret, stream and limit that it does not
set. `unset` takes properties and secrets out; `labels`, where given, are all
of them. Nothing is deleted but what the file says is `absent`. Secrets are
compared by the host, and never shown; their files are found from the folder of
FILE. A flow's role that is bound to another connection follows it from its
first record on.

  [connections.shop]
  connector = "baselinker"
  config = { order_status = 8069 }
  secrets = { token = "env:SHOP_TOKEN" }       # or "@FILE", never the secret itself
  labels = { team = "sales" }
  unset = ["base_url"]
  paused = false
  streams.orders = { every = "15m", paused = false }       # "never", or cron and zone
  limits.minute = { max = 50, leave = 5, keep-for-actions = "default" }

  [connections.old]
  absent = true                                # deleted, with its records

  [flows.bridge]
  flow = "shop-to-erp"
  connect = { shop = "shop", erp = "erp" }
  config = { warehouse = 7 }"#;

impl Apply {
    pub fn run(self, context: &Context) -> Ended {
        let declared = self.read()?;
        let given = Given::read(&declared, self.folder())?;
        let there = look::look(&context.client, &declared, &given)?;
        self.refuse_unfit(&check::problems(&declared, &there))?;
        let plan = Plan::of(&declared, &there);
        if !context.json {
            output::line(&show::plan(&plan))?;
        }
        self.refuse_moved(context, &plan)?;
        if self.plan || plan.changes().next().is_none() {
            return done(context, &plan, None);
        }
        self.approved(context, &plan)?;
        perform(context, &plan, &steps(&plan, &declared, &there, &given))
    }

    fn read(&self) -> Result<Vec<Declared>, Failure> {
        let path = self.file.display().to_string();
        let text = match path.as_str() {
            "-" => value::standard_input("FILE")?,
            path => value::file(path)?,
        };
        file::parse(&text).map_err(|told| {
            Failure::wrong_use(format!("{path}: {told} (apply.file)"))
                .hint("`windlass apply --help` shows what a file may hold")
        })
    }

    /// Where files of secrets are found.
    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    fn refuse_unfit(&self, problems: &[String]) -> Result<(), Failure> {
        let path = self.file.display();
        let Some((last, others)) = problems.split_last() else { return Ok(()) };
        for problem in others {
            output::note(&format!("{} {path}: {}", output::red("error:"), output::plain(problem)));
        }
        Err(Failure::new(Exit::Failed, format!("{path}: {last} (apply.unfit)"))
            .hint("nothing was changed; correct the file and apply it again"))
    }

    fn refuse_moved(&self, context: &Context, plan: &Plan) -> Result<(), Failure> {
        match &self.expect {
            Some(expected) if *expected != plan.hash => {
                if context.json {
                    output::line(&json(plan, None).to_string())?;
                }
                let message = format!(
                    "the plan is {} by now, and not {expected}: the file, or what is there, has changed \
                     since (apply.moved)",
                    plan.hash
                );
                Err(Failure::new(Exit::Failed, message)
                    .hint("nothing was changed; look at the new plan, and give its hash"))
            }
            _ => Ok(()),
        }
    }

    /// By a hash, by `--yes`, or by a person's word.
    fn approved(&self, context: &Context, plan: &Plan) -> Result<(), Failure> {
        if self.expect.is_some() || self.yes {
            return Ok(());
        }
        if !context.json && output::can_ask() {
            return match output::ask("Apply this?") {
                true => Ok(()),
                false => Err(Failure::new(Exit::Failed, "nothing was changed")),
            };
        }
        if context.json {
            output::line(&json(plan, None).to_string())?;
        }
        Err(Failure::wrong_use("nothing was changed: nobody can be asked here (apply.unapproved)").hint(
            format!("apply it with `--expect {}`, or with `--yes` whatever the plan is then", plan.hash),
        ))
    }
}

/// All that is to be done, in its order.
fn steps(plan: &Plan, declared: &[Declared], there: &There, given: &Given) -> Vec<Step> {
    let steps = plan.changes().flat_map(|item| {
        let declared = declared.iter().find(|one| one.kind == item.kind && one.name == item.name);
        let thing = there.find(item.kind, &item.name);
        declared.map(|declared| perform::steps(item, declared, thing, given)).unwrap_or_default()
    });
    steps.collect()
}

fn perform(context: &Context, plan: &Plan, steps: &[Step]) -> Ended {
    let tell = |what: &str| match context.json {
        true => Ok(()),
        false => Ok(output::line(&format!("done: {}", output::plain(what)))?),
    };
    let outcome = perform::perform(&context.client, steps, tell)?;
    let Some(Failed { what, refused, error, hint }) = &outcome.failed else {
        return done(context, plan, Some(&outcome));
    };
    if context.json {
        output::line(&json(plan, Some(&outcome)).to_string())?;
    } else {
        for what in &outcome.not_done {
            output::line(&format!("not done: {}", output::plain(what)))?;
        }
    }
    let how = match refused {
        true => format!("could not {what}"),
        false => format!("it is not known whether this was done: {what}"),
    };
    let (done, all) = (outcome.done.len(), steps.len());
    let mut failure = Failure::new(
        Exit::Failed,
        format!("{how}: {error}\n{done} of {all} steps are done (apply.incomplete)"),
    );
    let again = "apply the file again: it goes on with what is left";
    failure.hint =
        Some(hint.as_ref().map_or_else(|| again.to_owned(), |hint| format!("{hint}; then {again}")));
    Err(failure)
}

fn done(context: &Context, plan: &Plan, outcome: Option<&Outcome>) -> Ended {
    if context.json {
        output::line(&json(plan, outcome).to_string())?;
    }
    Ok(Exit::Done)
}

/// The plan; when it was begun also how far it went.
fn json(plan: &Plan, outcome: Option<&Outcome>) -> Value {
    let mut json = json!(plan);
    if let Some(outcome) = outcome {
        json["outcome"] = json!(outcome);
    }
    json
}

#[cfg(test)]
mod tests;
