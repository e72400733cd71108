//! Keys of publishers, and whose connector a name is.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use windlass_db::{Publisher, TrustedKey};

use super::{
    Api,
    extract::{Body, Names, Raw},
    page::Page,
    time,
};
use crate::{problem::Problem, signing};

/// A trusted key: `{"id": "DABDD39CE10C7A06", "key": "RW…", "comment": "…", "trusted_at": "…",
/// "connectors": ["baselinker"]}`; connectors are those whose publisher it is.
#[derive(Serialize)]
pub struct KeyView {
    id: String,
    key: String,
    comment: String,
    trusted_at: String,
    connectors: Vec<String>,
}

/// `{"connector": "baselinker", "key": "DABDD39CE10C7A06"}`
#[derive(Serialize)]
pub struct PublisherView {
    connector: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublisherBody {
    /// The id of a trusted key.
    key: String,
}

pub async fn list(State(api): State<Api>) -> Result<Json<Page<KeyView>>, Problem> {
    let (keys, publishers) = (api.host.db.trusted_keys().await?, api.host.db.publishers().await?);
    Ok(Json(Page::whole(keys.into_iter().map(|key| view(key, &publishers)))))
}

/// The body is a `minisign.pub` (`curl --data-binary @minisign.pub`), or its line of base64.
pub async fn trust(State(api): State<Api>, Raw(text): Raw) -> Result<(StatusCode, Json<KeyView>), Problem> {
    let key = signing::trust(&api.host, &String::from_utf8_lossy(&text)).await?;
    let publishers = api.host.db.publishers().await?;
    Ok((StatusCode::CREATED, Json(view(key, &publishers))))
}

/// Its versions stay as they are; what it signs from now on is not believed.
pub async fn distrust(State(api): State<Api>, Names(id): Names<String>) -> Result<StatusCode, Problem> {
    api.host
        .db
        .key_distrust(&id.to_ascii_uppercase())
        .await
        .map_err(|error| Problem::from(error).hint("`windlass connector key list` lists the trusted keys"))?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn set_publisher(
    State(api): State<Api>,
    Names(connector): Names<String>,
    Body(body): Body<PublisherBody>,
) -> Result<Json<PublisherView>, Problem> {
    let publisher = signing::change_publisher(&api.host, &connector, &body.key).await?;
    Ok(Json(PublisherView { connector, key: publisher.key_id }))
}

pub async fn forget_publisher(
    State(api): State<Api>,
    Names(connector): Names<String>,
) -> Result<StatusCode, Problem> {
    signing::forget_publisher(&api.host, &connector).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(key: TrustedKey, publishers: &[Publisher]) -> KeyView {
    let theirs = publishers.iter().filter(|publisher| publisher.public == key.public);
    KeyView {
        connectors: theirs.map(|publisher| publisher.connector.clone()).collect(),
        id: key.id,
        key: key.public,
        comment: key.comment,
        trusted_at: time::text(key.trusted_at),
    }
}
