//! VAT rates and currencies: BaseLinker's value to Optimakers' id. Nothing has a default: what has no row
//! stops the order.

use windlass_sdk::lenient::Id;

use crate::config::Integration;

/// Rates that are none, and what they mean.
const SPECIAL: [(&str, &str); 3] = [("-1", "exempt"), ("-0.02", "NP"), ("-0.03", "reverse charge")];

impl Integration {
    /// The id of a VAT rate, or why the order waits.
    pub fn vat_rate(&self, rate: &str) -> Result<&Id, String> {
        let wanted = decimal(rate).ok_or_else(|| format!("the VAT rate `{rate}` is no number"))?;
        let rows = self.vat_rates.iter().map(|row| (row.baselinker.as_str(), &row.optimakers));
        let same = rows.filter(|(own, _)| decimal(own).as_ref() == Some(&wanted));
        let meaning = SPECIAL.iter().find(|(special, _)| *special == wanted);
        let meaning = meaning.map(|(_, words)| format!(" ({words})")).unwrap_or_default();
        only(same.map(|(_, id)| id)).map_err(|unfit| {
            unfit.sentence(&format!("the VAT rate {wanted}{meaning}"), "vatRates", "Stawki VAT")
        })
    }

    /// The id of a currency, or why the order waits.
    pub fn currency(&self, currency: &str) -> Result<&Id, String> {
        let is_same = |own: &str| own.trim().eq_ignore_ascii_case(currency.trim());
        let same = self.currencies.iter().filter(|row| is_same(&row.baselinker));
        only(same.map(|row| &row.optimakers)).map_err(|unfit| {
            unfit.sentence(&format!("the currency {}", currency.trim()), "currencies", "Waluty")
        })
    }
}

/// Why a value has no id.
enum Unfit {
    Missing,
    Several,
}

impl Unfit {
    fn sentence(&self, value: &str, table: &str, screen: &str) -> String {
        match self {
            Self::Missing => format!(
                "{value} has no row in `{table}`: add one with its id in Optimakers (Ustawienia > Handel > \
                 {screen}, in the link that edits it)"
            ),
            Self::Several => format!("{value} has rows in `{table}` with different ids: keep one"),
        }
    }
}

/// The id that all rows agree on.
fn only<'a>(mut ids: impl Iterator<Item = &'a Id>) -> Result<&'a Id, Unfit> {
    let first = ids.next().ok_or(Unfit::Missing)?;
    if ids.all(|id| id == first) { Ok(first) } else { Err(Unfit::Several) }
}

/// A decimal number in its one plain form, without ever becoming a binary float: 23.00 is 23, and -0 is 0.
fn decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match (whole, fraction) {
        ("0", "") => "0".into(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_number_has_one_plain_form() {
        for (given, plain) in [
            ("23", "23"),
            ("23.00", "23"),
            (" 08.50", "8.5"),
            ("-1", "-1"),
            ("-0.020", "-0.02"),
            ("0", "0"),
            ("-0.0", "0"),
            ("0.1000000000000000055", "0.1000000000000000055"),
        ] {
            assert_eq!(decimal(given).as_deref(), Some(plain), "{given}");
        }
        for none in ["", "-", "23%", "8,5", "1e2", ".5", "5.", "zw"] {
            assert_eq!(decimal(none), None, "{none}");
        }
    }
}
