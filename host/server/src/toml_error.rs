//! What is wrong with a TOML file that a person wrote.

/// `line 7: connections.shop.every: unknown field …`, and nothing of the line itself: a secret may stand
/// there.
pub fn told(text: &str, place: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    format!("{line}{place}{}", error.message().trim())
}
