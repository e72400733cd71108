//! What the connector declares.

use cloudspot::Cloudspot;
use serde_json::{Value, json};
use windlass_sdk::testing;

fn spec() -> Value {
    testing::spec::<Cloudspot>()
}

fn properties(schema: &Value) -> Vec<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn schema_of(stream: &str) -> Value {
    let spec = spec();
    let mut streams = spec["streams"].as_array().unwrap().iter();
    streams.find(|declared| declared["name"] == stream).unwrap()["schema"].clone()
}

fn action(name: &str) -> Value {
    let spec = spec();
    let mut actions = spec["actions"].as_array().unwrap().iter();
    actions.find(|declared| declared["name"] == name).unwrap().clone()
}

/// C1, C2, G3, G4
#[test]
fn the_configuration_requires_neither_token_nor_application() {
    let config = &spec()["config"];
    assert_eq!(config["required"], Value::Null);
    let properties = &config["properties"];
    assert_eq!(properties["token"]["secret"], true);
    assert_eq!(properties["application"]["default"], Value::Null);
    assert_eq!(properties["base_url"]["default"], "https://erp.cloudspot.be/api/v1");
    let says = |name: &str, words: &str| {
        let description = properties[name]["description"].as_str().unwrap();
        assert!(description.contains(words), "{name}: {description}");
    };
    says("application", "wrong permissions");
    says("token", "an administrator generates it");
    for name in ["token", "application", "base_url"] {
        says(name, "screen");
    }
}

/// C1: a user's request carries no company token, whatever is configured.
#[test]
fn the_company_token_is_attached_to_nothing_of_the_users() {
    assert_eq!(
        spec()["auth"],
        json!([
            { "host": "{base_url}/auth", "attach": [] },
            { "attach": [{ "header": "X-ERP-TOKEN", "value": "{token}" }] },
        ])
    );
}

/// C4: every attribute of the source, its enumerations and conditions.
#[test]
fn the_schemas_carry_all_attributes_their_values_and_conditions() {
    let artikel = schema_of("artikels");
    let expected = "id naam beschrijving interne_notitie merk merk_id categorie categorie_id categorieen SKU EAN \
        voorraad_bijhouden op_voorraad product_url verkoopprijs_excl verkoopprijs_incl inkoopprijs_excl \
        inkoopprijs_incl BTW bestellingtype units_per_bestelling status fotos prijscategorieen samenstellingen \
        ruwe_grondstoffen gebruiksaanwijzingen meer_info";
    assert_eq!(properties(&artikel), expected.split_whitespace().collect::<Vec<_>>());
    let values = |schema: &Value, name: &str| schema["properties"][name]["enum"].clone();
    assert_eq!(values(&artikel, "voorraad_bijhouden"), json!(["NIET", "FYSIEK", "DIGITAAL"]));
    assert_eq!(values(&artikel, "bestellingtype"), json!(["IDEAAL", "BESTELLING"]));
    assert_eq!(values(&artikel, "status"), json!(["ZICHTBAAR", "NIET_VERKOOPBAAR", "GEDEACTIVEERD"]));
    let klant = schema_of("klanten");
    let expected = "klantennummer aanspreektitel voornaam achternaam straat huisnummer busnummer postcode plaats \
        land geboortedatum geboorteplaats is_bedrijf bedrijfsnaam BTW_nummer ondernemingsnummer";
    assert_eq!(properties(&klant), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(values(&klant, "aanspreektitel"), json!(["Mijnh.", "Mevr.", null]));
    let condition = |schema: &Value, name: &str, words: &str| {
        let description = schema["properties"][name]["description"].as_str().unwrap();
        assert!(description.contains(words), "{name}: {description}");
    };
    condition(&artikel, "op_voorraad", "FYSIEK");
    for name in ["bedrijfsnaam", "BTW_nummer", "ondernemingsnummer"] {
        condition(&klant, name, "is_bedrijf");
    }
}

/// C3
#[test]
fn passwords_tokens_and_pins_are_secret() {
    let secrets = |schema: &Value| -> Vec<String> {
        let properties = schema["properties"].as_object().unwrap();
        let secret = properties.iter().filter(|(_, property)| property["secret"] == true);
        secret.map(|(name, _)| name.clone()).collect()
    };
    let of = |name: &str| (secrets(&action(name)["input"]), secrets(&action(name)["output"]));
    assert_eq!(of("authenticate"), (vec!["password".into()], vec!["token".into()]));
    assert_eq!(of("get-permissions"), (vec!["token".into()], vec![]));
    assert_eq!(of("get-user"), (vec!["token".into()], vec!["pin".into()]));
}

/// C4
#[test]
fn the_company_streams_are_snapshots() {
    let spec = spec();
    let streams = spec["streams"].as_array().unwrap();
    assert!(streams.iter().all(|stream| stream["kind"] == "snapshot" && stream["every"].is_string()));
    let names: Vec<_> = streams.iter().map(|stream| stream["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["artikels", "klanten", "categories"]);
}
