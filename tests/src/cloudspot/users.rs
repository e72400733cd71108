//! Users of external applications, and the tokens that they were given.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{APPLICATION, PASSWORD, PERMISSIONS, USERNAME, WRONG_PERMISSIONS};

/// A user of the company.
#[derive(Clone, Debug)]
pub struct User {
    pub username: String,
    pub password: String,
    /// What the vendor tells of the user.
    pub about: Value,
}

impl Default for User {
    fn default() -> Self {
        Self {
            username: USERNAME.into(),
            password: PASSWORD.into(),
            about: json!({
                "first_name": "Voornaam", "last_name": "Achternaam", "email": USERNAME,
                "company": "Bedrijf", "pin": "4711", "taal": "nl",
            }),
        }
    }
}

/// Who has signed in.
#[derive(Default)]
pub struct Users {
    users: Vec<User>,
    /// Token to user name.
    tokens: BTreeMap<String, String>,
    issued: usize,
}

impl Users {
    pub fn new(users: Vec<User>) -> Self {
        Self { users, ..Self::default() }
    }

    /// What a sign-in answers; none when user name or password are wrong. Whatever the application.
    pub fn sign_in(&mut self, username: &str, password: &str, application: &str) -> Option<Value> {
        let mut users = self.users.iter();
        let user = users.find(|user| user.username == username && user.password == password)?;
        self.issued += 1;
        let token = format!("user-token-{:04}-simulated-9d2f61", self.issued);
        self.tokens.insert(token.clone(), user.username.clone());
        let company = &user.about["company"];
        Some(json!({ "token": token, "company": company, "permissions": permissions(application) }))
    }

    /// The user to whom a token was given.
    pub fn of(&self, token: &str) -> Option<&User> {
        let username = self.tokens.get(token)?;
        self.users.iter().find(|user| &user.username == username)
    }

    /// Every token that is good now, the oldest first.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.keys().cloned().collect()
    }

    pub fn sign_all_out(&mut self) {
        self.tokens.clear();
    }
}

/// What the users of an application may do there. A name that no application has is not refused.
pub fn permissions(application: &str) -> Value {
    let slugs: &[&str] = if application == APPLICATION { &PERMISSIONS } else { &WRONG_PERMISSIONS };
    slugs.iter().map(|slug| json!({ "permission": slug })).collect()
}
