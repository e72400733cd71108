//! The daily documents: what a supplier issued to a customer on one day, as the XML file of the guide.
//!
//! This is no part of the suppliers API. Documents come in by the action `push-documents` and are kept in
//! the connection's storage ([`kept`]). The stream `daily-documents` builds the files of days that are over
//! ([`files`], [`xml`]), and the action `deliver-documents` sends one of them. Only that last one makes a
//! request.

pub mod calendar;
pub mod deliver;
mod document;
pub mod files;
mod kept;
pub mod push;
mod xml;

/// What an account code consists of: it stands in keys, in names of files and in addresses.
pub const ACCOUNT_CODE: &str = r"^[\p{L}\p{N}][\p{L}\p{N}._-]*$";
