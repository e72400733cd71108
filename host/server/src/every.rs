//! Intervals as people write them: `90s`, `15m`, `2h`, `1d`.

/// Shorter ones would only burden the vendor.
const SHORTEST_MS: i64 = 1_000;
/// A year.
const LONGEST_MS: i64 = 366 * 86_400_000;
const UNITS: [(char, i64); 4] = [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

/// Milliseconds of an interval.
pub fn parse(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not an interval such as 90s, 15m, 2h or 1d (1 s to 366 days)");
    let unit = UNITS.iter().find_map(|(unit, ms)| Some((text.strip_suffix(*unit)?, *ms)));
    let (digits, unit_ms) = unit.ok_or_else(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = digits.parse().map_err(|_| wrong())?;
    let interval = number.checked_mul(unit_ms).ok_or_else(wrong)?;
    (SHORTEST_MS..=LONGEST_MS).contains(&interval).then_some(interval).ok_or_else(wrong)
}

/// The shortest text that means the interval.
pub fn text(every_ms: i64) -> String {
    match UNITS.iter().find(|(_, unit_ms)| every_ms % unit_ms == 0) {
        Some((unit, unit_ms)) => format!("{}{unit}", every_ms / unit_ms),
        None => format!("{every_ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, text};

    #[test]
    fn intervals_are_read_and_written() {
        for (written, ms, shortest) in [
            ("15m", 900_000, "15m"),
            ("90s", 90_000, "90s"),
            ("120s", 120_000, "2m"),
            ("1d", 86_400_000, "1d"),
        ] {
            assert_eq!(parse(written), Ok(ms));
            assert_eq!(text(ms), shortest);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for nonsense in
            ["", "m", "15", "0s", "-1m", "+1m", "1.5h", "15 m", "99999999999999999d", "400d", "1w"]
        {
            assert!(parse(nonsense).is_err(), "{nonsense}");
        }
    }
}
