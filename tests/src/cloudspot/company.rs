//! What the company has in its ERP, as it looks on the wire.

use serde_json::{Number, Value, json};

use super::Settings;

/// The first ids; articles, clients and categories count on from them.
const FIRST_ARTIKEL: usize = 1_001;
const FIRST_KLANT: usize = 50_001;

/// What an administrator may give a company token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See all products.
    Products,
    /// See all clients.
    Clients,
}

/// The rows of each resource, in the order in which they are sent.
#[derive(Default)]
pub struct Company {
    pub artikels: Vec<Value>,
    pub klanten: Vec<Value>,
    pub categories: Vec<Value>,
}

impl Company {
    pub fn new(settings: &Settings) -> Self {
        let amount = |cents| if settings.amounts_as_text { as_text(cents) } else { as_number(cents) };
        Self {
            artikels: (0..settings.artikels).map(|index| artikel(index, amount)).collect(),
            klanten: (0..settings.klanten).map(klant).collect(),
            categories: categories(),
        }
    }
}

/// With the zero at its end, as a decimal column keeps it.
fn as_number(cents: usize) -> Value {
    decimal(cents).parse::<Number>().map_or(Value::Null, Value::Number)
}

fn as_text(cents: usize) -> Value {
    json!(decimal(cents))
}

fn decimal(cents: usize) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn artikel(index: usize, amount: impl Fn(usize) -> Value) -> Value {
    let stock = ["FYSIEK", "NIET", "DIGITAAL"][index % 3];
    let counted = stock == "FYSIEK";
    let status = ["ZICHTBAAR", "NIET_VERKOOPBAAR", "GEDEACTIVEERD"][index % 3];
    let price = 1_860 + 30 * index;
    json!({
        "id": FIRST_ARTIKEL + index,
        "naam": format!("Artikel {index} — één café-tafel"),
        "beschrijving": "Regel één\nregel twee & <b>vet</b>",
        "interne_notitie": null,
        "merk": "Merk", "merk_id": 7, "categorie": "Tafels", "categorie_id": 2,
        "categorieen": [{ "id": 2, "naam": "Tafels", "children": [] }],
        "SKU": format!("SKU-{index:04}"),
        // One article in four has none, and the vendor says so in two ways.
        "EAN": match index % 8 { 3 => Value::Null, 7 => json!([]), _ => json!([format!("54123450{index:05}")]) },
        "voorraad_bijhouden": stock,
        "op_voorraad": if counted { amount(index * 50) } else { Value::Null },
        "product_url": format!("https://bedrijf.example/artikel/{index}"),
        "verkoopprijs_excl": amount(price), "verkoopprijs_incl": amount(price * 121 / 100),
        "inkoopprijs_excl": amount(price / 2), "inkoopprijs_incl": amount(price * 121 / 200),
        "BTW": amount(2_100),
        "bestellingtype": if index.is_multiple_of(2) { "IDEAAL" } else { "BESTELLING" },
        "units_per_bestelling": amount(100),
        "status": status,
        "fotos": [{ "url": "https://bedrijf.example/foto.jpg", "is_hoofdfoto": true }],
        "prijscategorieen": [{
            "label": "Groothandel", "label_id": 3, "type": "KORTING", "korting": amount(1_000),
            "verkoopprijs_excl": amount(price * 9 / 10), "verkoopprijs_incl": amount(price * 1_089 / 1_000),
        }],
        "samenstellingen": null, "ruwe_grondstoffen": [], "gebruiksaanwijzingen": [],
        "meer_info": [{ "text": "Meer", "taal": "nl", "taal_display": "Nederlands" }],
    })
}

fn klant(index: usize) -> Value {
    let company = index % 4 == 1;
    let if_company = |value: Value| if company { value } else { Value::Null };
    json!({
        "klantennummer": FIRST_KLANT + index,
        "aanspreektitel": if index.is_multiple_of(2) { "Mevr." } else { "Mijnh." },
        "voornaam": format!("Voornaam {index}"), "achternaam": format!("Achternaam {index}"),
        "straat": "Kerkstraat", "huisnummer": index.to_string(), "busnummer": null,
        "postcode": "9000", "plaats": "Gent", "land": "BE",
        "geboortedatum": "1980-02-29", "geboorteplaats": "Gent",
        "is_bedrijf": company, "bedrijfsnaam": if_company(json!(format!("Bedrijf {index}"))),
        "BTW_nummer": if_company(json!("BE0123456789")), "ondernemingsnummer": if_company(json!("0123.456.789")),
    })
}

/// Children stand inside their parents, as deep as the company likes.
fn categories() -> Vec<Value> {
    let leaf = json!({ "id": 4, "naam": "Ronde tafels", "children": [] });
    let tables = json!({ "id": 2, "naam": "Tafels", "children": [leaf] });
    vec![
        json!({ "id": 1, "naam": "Meubels", "children": [tables] }),
        json!({ "id": 3, "naam": "Verlichting", "children": [] }),
    ]
}
