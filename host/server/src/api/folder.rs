//! The watched folder.

use axum::{Json, extract::State};
use serde::Serialize;
use windlass_db::{Version, VersionState};

use super::Api;
use crate::{
    folder::{FileState, Looked},
    problem::Problem,
};

/// `{"path": "/var/lib/windlass/connectors", "files": [{"file": "shop-1.wasm", "state": "refused",
/// "connector": null, "version": null, "code": "connector.unsigned", "detail": "…", "hint": "…"}]}`; state
/// is `arriving` (it may still be written), `installed`, `waits-for-approval`, `gone` (it was installed, and is
/// not taken again) or `refused`. The folder is that of the host that answers.
#[derive(Serialize)]
pub struct FolderView {
    path: String,
    files: Vec<FileView>,
}

#[derive(Serialize)]
struct FileView {
    file: String,
    state: &'static str,
    connector: Option<String>,
    version: Option<String>,
    code: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
}

pub async fn show(State(api): State<Api>) -> Result<Json<FolderView>, Problem> {
    let (folder, versions) = (&api.host.folder, api.host.db.versions().await?);
    let files = folder.files().into_iter().map(|(file, looked)| view(file, looked, &versions)).collect();
    Ok(Json(FolderView { path: folder.path().display().to_string(), files }))
}

fn view(file: String, looked: Looked, versions: &[Version]) -> FileView {
    let mut view = FileView {
        file,
        state: "arriving",
        connector: None,
        version: None,
        code: None,
        detail: None,
        hint: None,
    };
    match looked.state {
        FileState::Arriving => {}
        FileState::Taken { connector, version } => {
            let known =
                versions.iter().find(|known| (&known.connector, &known.version) == (&connector, &version));
            view.state = match known.map(|known| known.state) {
                Some(VersionState::WaitsForApproval) => "waits-for-approval",
                Some(VersionState::Approved) => "installed",
                None => "gone",
            };
            (view.connector, view.version) = (Some(connector), Some(version));
        }
        FileState::Refused(problem) => {
            view.state = "refused";
            (view.code, view.detail) = (Some(problem.code.into_owned()), Some(problem.detail));
            view.hint = problem.hint;
        }
    }
    view
}
