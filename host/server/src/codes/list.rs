//! The codes, in the order of the alphabet.

use super::Line;

/// Codes of the API's answers.
pub const API: &[Line] = &[
    (
        "action.cancelled",
        "the action was cancelled before it was done",
        "ask for it again under another key, or `windlass run retry ID`",
    ),
    (
        "action.failed",
        "the action's run failed; the answer holds its error",
        "`windlass run show ID` shows its calls; `windlass run retry ID` tries again",
    ),
    (
        "action.held",
        "it is not known whether the vendor did it, and a repeat is not safe",
        "look at the vendor, then `windlass run resolve ID --done JSON`, `--send-again` or `--drop`",
    ),
    ("action.input", "the input does not fit the action's schema", "correct it at the pointer"),
    ("action.key", "the key is not one", "give 1 to 200 visible ASCII characters without spaces"),
    (
        "action.key-reused",
        "the key was given before with another input",
        "give every action its own key, and the same input when you repeat one",
    ),
    (
        "action.missing",
        "the connector has no such action",
        "`windlass connector show NAME` lists its actions",
    ),
    (
        "action.rejected",
        "the vendor refused the action; `vendor_code` and `vendor_detail` say why",
        "correct what it names, and ask again under another key",
    ),
    (
        "changes.expired",
        "changes from before that number are no longer kept",
        "read the stream's records again and follow from their `as_of`",
    ),
    ("component.missing", "the bytes of a version are gone", "install the connector again"),
    (
        "conflict",
        "something else changed it in the same moment",
        "look at it again, and repeat what you asked",
    ),
    ("connection.busy", "others change the connection all the time", "try again"),
    (
        "connection.config",
        "the configuration does not fit the connector",
        "correct it at the pointer with `windlass connection set NAME --set K=V` or `--secret`",
    ),
    (
        "connection.exists",
        "the name is taken",
        "choose another name, or change the connection with `windlass connection set`",
    ),
    (
        "connection.in-doubt",
        "accepted actions or deliveries of the connection wait, or may or may not have happened",
        "let them end, cancel those that wait with `windlass run cancel ID`, decide those in doubt with \
         `windlass run resolve ID`; or delete the connection with `--force`",
    ),
    (
        "connection.kind",
        "a connection was asked for of a flow, or a flow of a connector",
        "`windlass flow create` makes flows, `windlass connection create` connections",
    ),
    ("connection.labels", "a label is too long, or there are too many", "correct it at the pointer"),
    ("connection.missing", "there is no such connection", "`windlass connection list` lists what there is"),
    (
        "connection.moved",
        "somebody has changed it since what this change was made from",
        "look at what it is now, and make the change from that",
    ),
    (
        "connection.name",
        "the name cannot stand in addresses and commands",
        "use letters, digits, `-`, `_` and `.`; lower case, 63 at most",
    ),
    ("connection.paused", "the connection is paused", "`windlass connection resume NAME` lets it run again"),
    (
        "connection.repeated",
        "another connection has a value that may stand in one only",
        "give it another value, or change or delete the `connection` that has it",
    ),
    ("connection.secret", "a secret is empty or too long", "give it with `--secret K=env:VAR` or `K=@FILE`"),
    (
        "connection.unusable",
        "the connection cannot make calls as it is",
        "correct it with `windlass connection set NAME`",
    ),
    (
        "connector.bad",
        "the version was undone: it failed where the former one worked",
        "`windlass connector show NAME` shows how; `windlass connector approve NAME VERSION` tries it again",
    ),
    (
        "connector.busy",
        "another version of the connector was chosen, or it was removed, in the same moment",
        "`windlass connector show NAME` says which",
    ),
    ("connector.describe", "the component failed when asked for its spec", "this is for its author"),
    (
        "connector.in-use",
        "connections use the connector",
        "delete them first: `windlass connection delete NAME`, `windlass flow delete NAME`",
    ),
    ("connector.missing", "there is no such connector", "`windlass connector list` lists what is installed"),
    (
        "connector.needs-approval",
        "the version asks for something that nobody has approved",
        "read what it asks for and run `windlass connector approve NAME VERSION`",
    ),
    (
        "connector.no-former",
        "no other version has ever been active",
        "`windlass connector show NAME` lists its versions; name one with `--to`",
    ),
    (
        "connector.not-active",
        "no version of the connector is active",
        "`windlass connector install FILE`, or `windlass connector approve NAME`",
    ),
    (
        "connector.publisher",
        "the connector's name belongs to another publisher's key",
        "if its publisher has really changed: `windlass connector publisher NAME --key ID`, then install again",
    ),
    (
        "connector.refused",
        "the bytes are not a component that this host runs",
        "build it for wasm32-wasip2 against `wit/`; this is for its author",
    ),
    (
        "connector.replay-differs",
        "the version makes something else of recent calls, and the host is told to stop there",
        "`windlass run replay ID --with FILE` shows what differs; if that is meant, start the host with `--replay-policy warn`",
    ),
    (
        "connector.signature",
        "the signature is not one, or not that of these bytes",
        "fetch the component and its signature again; do not trust this one",
    ),
    (
        "connector.signer-unknown",
        "the component is signed by a key that is not trusted",
        "if it is the publisher's key: `windlass connector key trust MINISIGN.PUB`, then install again",
    ),
    ("connector.spec", "the connector's spec is not valid", "`wit/spec.schema.json` describes every member"),
    (
        "connector.unsigned",
        "a component that nobody gives a word for is not signed",
        "sign it with `minisign -S -m FILE`, or install the file yourself with `windlass connector install`",
    ),
    (
        "connector.version-missing",
        "the connector has no such version",
        "`windlass connector show NAME` lists its versions",
    ),
    (
        "connector.version-taken",
        "another component is installed under this version",
        "raise the version in the connector's spec",
    ),
    (
        "delivery.address",
        "there is nothing at this address, or no longer",
        "`windlass webhook list CONNECTION` shows the addresses; give the vendor the present one",
    ),
    ("delivery.busy", "too many deliveries come at once", "deliver again after `Retry-After` seconds"),
    (
        "delivery.missing",
        "there is no such delivery, or it is no longer kept",
        "`windlass delivery list CONNECTION` lists deliveries",
    ),
    (
        "delivery.not-kept",
        "the delivery could not be written down",
        "deliver again after `Retry-After` seconds",
    ),
    ("delivery.slow", "the body of the delivery did not come in time", "deliver again, and faster"),
    (
        "delivery.unready",
        "deliveries cannot be verified: the host does not work, or the secret is not set",
        "the log of the host says which; `windlass connection set NAME --secret K=env:VAR` sets the secret",
    ),
    (
        "delivery.unverified",
        "the delivery does not prove that it is the vendor's",
        "compare the secret at the vendor with the connection's: `windlass connection set NAME --secret K=env:VAR`",
    ),
    ("delivery.waiting", "the delivery waits, and will be received anyway", "nothing"),
    ("flow.bound", "a flow is bound to the connection", "`windlass flow delete NAME` first"),
    (
        "flow.connect",
        "a role of the flow is bound to nothing, or to a connection that does not fit",
        "bind every role with `--connect ROLE=CONNECTION`; `windlass connector show FLOW` lists the roles",
    ),
    ("flow.missing", "there is no such flow", "`windlass flow list` lists what there is"),
    (
        "folder.unreadable",
        "a file in the watched folder cannot be read",
        "look at who may read it; the host tries again",
    ),
    ("held.missing", "the flow does not hold such a change", "`windlass flow held NAME` lists what it holds"),
    ("host", "the host failed", "look at the output of `windlass serve`"),
    ("host.not-ready", "the database does not answer", "look whether it runs, and at `--database-url`"),
    (
        "key.id-taken",
        "another key is trusted under the same id",
        "compare the two; `windlass connector key distrust ID` first, if the new one is right",
    ),
    ("key.missing", "no such key is trusted", "`windlass connector key list` lists the trusted keys"),
    ("key.unreadable", "the key is not a public key of minisign", "give the publisher's minisign.pub"),
    ("limit.missing", "there is no such limit", "`windlass limit list CONNECTION` lists them"),
    (
        "limit.number",
        "the limit may not have this number: it is more than was approved, or too little for one call",
        "`windlass limit list CONNECTION` shows what is approved; `default` undoes a number",
    ),
    (
        "options.missing",
        "the property has no options",
        "`windlass connection options NAME` lists the properties that have",
    ),
    (
        "publisher.missing",
        "the name belongs to nobody yet",
        "its first signed version decides; `windlass connector show NAME` shows whose it is",
    ),
    ("record.missing", "there is no live record with this key", "`windlass records` lists them"),
    ("request.body", "the body is not what is expected here", "correct it at the pointer"),
    ("request.method", "this method is not possible here", "see the routes in `host/server/src/api/mod.rs`"),
    ("request.nul", "a text holds a NUL character", "take it out"),
    ("request.parameter", "a query parameter makes no sense", "correct the one that `param` names"),
    ("request.path", "there is nothing at this address", "see the routes in `host/server/src/api/mod.rs`"),
    ("request.too-large", "the body is too large", "send less at once"),
    (
        "run.acted",
        "the vendor has acted in this run, and a retry would do it twice",
        "`windlass run show ID` shows what came of it; to do it again, ask for it under another key",
    ),
    ("run.missing", "there is no such run, or it is no longer kept", "`windlass run list` lists runs"),
    (
        "run.other-connector",
        "the component that was given is not a version of the run's connector",
        "give a version of the one that `windlass run show ID` names",
    ),
    (
        "run.output",
        "the output that was given does not fit the action's schema",
        "correct it at the pointer; `windlass connector show NAME` shows the schema",
    ),
    ("run.resolution", "it is not said what became of the run", "say one of `done`, `send_again` and `drop`"),
    (
        "run.secrets-erased",
        "what was secret in the run is gone, so that it cannot be tried again",
        "ask for the action again, with its input and under another key",
    ),
    (
        "run.state",
        "the run is in a state that does not allow it",
        "`windlass run show ID` shows it; only held runs are resolved, only failed and cancelled ones retried",
    ),
    (
        "stream.cron",
        "the cron expression makes no sense",
        "write minute, hour, day of month, month and day of week, like `30 6 * * MON-FRI`",
    ),
    ("stream.every", "the interval makes no sense", "write it like 30s, 15m, 6h or 1d"),
    ("stream.gone", "the active version has no such stream any more", "its records stay readable"),
    ("stream.keys", "the keys to be read make no sense", "give up to 1,000 keys, none of them empty"),
    ("stream.missing", "the connection has no such stream", "`windlass stream list CONNECTION` lists them"),
    (
        "stream.nothing-withheld",
        "no deletions of the stream wait for a word",
        "`windlass stream show CONNECTION STREAM` shows what it withholds",
    ),
    (
        "stream.zone",
        "there is no such time zone, or no cron expression that it is for",
        "name a zone such as Europe/Warsaw beside the expression",
    ),
    (
        "switched-off",
        "the configuration switches the stream or action off",
        "`windlass connection set NAME --set SWITCH=true`; `property` names the switch",
    ),
    (
        "token.missing",
        "there is no bearer token",
        "set WINDLASS_TOKEN, or name the host's data folder with `--data`",
    ),
    (
        "token.unknown",
        "the token is not known to this host",
        "the admin token stands in admin.token of its data folder; set WINDLASS_TOKEN to it",
    ),
    ("version.missing", "there is no such version", "`windlass connector show NAME` lists its versions"),
    (
        "webhook.missing",
        "the connector declares no such webhook",
        "`windlass webhook list CONNECTION` lists its webhooks",
    ),
];

/// Codes of failed calls, and of the runs that ended with them.
pub const RUN: &[Line] = &[
    (
        "action.output",
        "the action is done, and what the connector returned does not fit its schema",
        "the output is kept on the run; the rest is for the connector's author",
    ),
    (
        "auth",
        "the vendor does not accept the credentials; the schedule is stopped",
        "renew them with `windlass connection set NAME --secret K=env:VAR`",
    ),
    ("call.cpu", "the call used more CPU time than it may", "this is for the connector's author"),
    (
        "call.denied",
        "the connector asked for what its spec does not declare, or the host does not allow",
        "an address of your own network needs `windlass serve --allow-private CIDR`",
    ),
    ("call.memory", "the call wanted more memory than it may have", "this is for the connector's author"),
    (
        "call.no-export",
        "the connector lacks what its spec declares",
        "return to the former version with `windlass connector rollback NAME`",
    ),
    ("call.output", "the call returned what cannot be stored", "this is for the connector's author"),
    ("call.time", "the call did not return in time", "look whether the vendor is slow, then retry"),
    ("call.trap", "the connector broke off with a panic or a trap", "this is for the connector's author"),
    (
        "config",
        "the configuration does not work; the schedule is stopped",
        "correct it with `windlass connection set NAME --set K=V`",
    ),
    (
        "deletion-withheld",
        "a walk no longer met so many records that they were not deleted",
        "if they are really gone: `windlass stream accept-deletions CONNECTION STREAM`",
    ),
    ("other", "the connector failed in a way of its own", "`windlass run show ID` shows what it said"),
    (
        "rate-limited",
        "the vendor, or one of our limits, asks to wait",
        "`windlass limit list CONNECTION` says until when; a run goes on by itself",
    ),
    ("rejected", "the vendor refused what was asked", "`windlass run show ID` shows what it said"),
    (
        "transient",
        "the vendor or the network failed, again and again for some 18 minutes",
        "look whether the vendor works, then `windlass run retry ID`",
    ),
];

/// Codes of what a queued run waits for. None of them is a failure, and none counts as an attempt.
pub const WAITS: &[Line] = &[
    ("again", "the action is done in several steps, and the next one is not due", "nothing"),
    ("blocked", "the vendor asked to wait", "nothing; `windlass limit list CONNECTION` says until when"),
    ("draining", "the host was stopping; the next one goes on with it", "start a host"),
    ("full-asked", "a full read was asked for while the run was under way", "nothing"),
    ("keys", "more single records are read than one call may be asked for", "nothing"),
    ("limit", "a limit is used up", "nothing; `windlass limit list CONNECTION` says when it frees"),
    ("settle", "a lookup at the vendor cannot be trusted yet", "nothing"),
    (
        "stream-stopped",
        "a delivery asked for a read of a stream whose schedule is paused or stopped",
        "`windlass stream resume CONNECTION STREAM`",
    ),
    (
        "version-undone",
        "the version that failed is undone, and the call is made again with the former one",
        "nothing; `windlass connector show NAME` shows why",
    ),
    ("walk-asked", "a delivery asked for another walk while the run was under way", "nothing"),
    ("walk-restarted", "the configuration or the checkpoints' format changed in a walk", "nothing"),
];

/// Codes of what the command line says by itself.
pub const CLI: &[Line] = &[
    ("apply.file", "the file makes no sense", "correct it at the line; `windlass apply --help` shows one"),
    (
        "apply.incomplete",
        "one step of the plan failed; those before it are done",
        "do what the error says, and apply the file again: it goes on with what is left",
    ),
    (
        "apply.moved",
        "the plan is not the expected one any more",
        "look at the new plan with `--plan`, and give its hash",
    ),
    ("apply.secret", "a secret that the file refers to cannot be read", "set the variable, or make the file"),
    (
        "apply.unapproved",
        "nobody can be asked whether the plan is to be done",
        "give its hash with `--expect`, or `--yes`",
    ),
    ("apply.unfit", "what the file declares does not fit the host", "correct it at its place"),
];
