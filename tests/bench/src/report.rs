//! What the benchmark prints.

use crate::measure::median;

#[expect(clippy::print_stdout, reason = "printing is what it is for")]
pub fn line(text: &str) {
    println!("{text}");
}

pub fn heading(text: &str) {
    line(&format!("\n{text}"));
}

/// A ratio, pair by pair: median, least and greatest.
pub fn ratio(what: &str, pairs: &[(f64, f64)], goal: &str) {
    let ratios: Vec<f64> = pairs.iter().map(|(one, other)| one / other).collect();
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = median(ratios);
    line(&format!("  {what:<58} {middle:>6.3}   ({least:.3} to {greatest:.3})   {goal}"));
}

pub fn figure(what: &str, value: &str, goal: &str) {
    line(&format!("  {what:<58} {value:>12}   {goal}"));
}
