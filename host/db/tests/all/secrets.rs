//! Secrets and the key check: bytes in, the same bytes out.

use windlass_db::SealedSecret;

use crate::support::{Case, T0, new_connection, on_both};

on_both![sealed_bytes_come_back_as_they_were, the_first_key_check_stays];

async fn sealed_bytes_come_back_as_they_were(case: Case) {
    let id = case.db.connection_id().await.unwrap();
    let all_bytes = SealedSecret { field: "token".to_owned(), sealed: (0..=255).collect() };
    let empty = SealedSecret { field: "pin".to_owned(), sealed: Vec::new() };
    let mut new = new_connection("shop");
    new.secrets = vec![all_bytes.clone(), empty.clone()];
    case.db.connection_create(T0, id, &new).await.unwrap();
    assert_eq!(case.db.secrets(id).await.unwrap(), [empty, all_bytes]);
}

async fn the_first_key_check_stays(case: Case) {
    assert_eq!(case.db.key_check(b"one\0").await.unwrap(), b"one\0");
    assert_eq!(case.db.key_check(b"two").await.unwrap(), b"one\0");
}
