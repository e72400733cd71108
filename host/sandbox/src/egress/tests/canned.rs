//! A server on loopback that says one canned thing to every connection, and keeps what it heard.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

pub struct Canned {
    pub port: u16,
    heard: Arc<Mutex<String>>,
}

/// After its answer the server closes the connection, or holds it open for ever.
pub async fn serve(answer: impl Into<Vec<u8>>, then_close: bool) -> Canned {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let (answer, heard) = (answer.into(), Arc::new(Mutex::new(String::new())));
    let keep = heard.clone();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !is_whole(&request) && socket.read_buf(&mut request).await.is_ok_and(|n| n > 0) {}
            keep.lock().expect("not poisoned").push_str(&String::from_utf8_lossy(&request));
            // The client may have had enough before the end.
            let _ = socket.write_all(&answer).await;
            if !then_close {
                held.push(socket);
            }
        }
    });
    Canned { port, heard }
}

impl Canned {
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.port)
    }

    pub fn heard(&self) -> String {
        self.heard.lock().expect("not poisoned").clone()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    body.len() >= length.parse().unwrap_or(0)
}
