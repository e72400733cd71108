//! The file, as the guide describes it: a block for every product line, which repeats what its document
//! says; the elements in the guide's order.
//!
//! The guide's own example has lost its tags, so what stands around the blocks is ours: the names of the
//! root and of a block come from the configuration, and every element stands on a line of its own.

use std::io;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesText, Event};
use windlass_sdk::{Error, Result};

use super::document::{Document, Line};
use crate::Restigo;

/// What the guide allows where no time of supply is known.
const NO_TIME: &str = "00:00";
const INDENT: usize = 2;

pub fn file(account: &Restigo, account_code: &str, documents: &[Document]) -> Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', INDENT);
    write(&mut writer, account, account_code, documents)
        .map_err(|error| Error::other("xml", error.to_string()))?;
    String::from_utf8(writer.into_inner()).map_err(|error| Error::other("xml", error.to_string()))
}

fn write(
    writer: &mut Writer<Vec<u8>>,
    account: &Restigo,
    account_code: &str,
    documents: &[Document],
) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element(account.root_element.as_str());
    if documents.is_empty() {
        root.write_empty()?;
    } else {
        root.write_inner_content(|writer| {
            documents.iter().try_for_each(|document| {
                document
                    .lines
                    .iter()
                    .try_for_each(|line| block(writer, &account.line_element, account_code, document, line))
            })
        })?;
    }
    writer.get_mut().push(b'\n');
    Ok(())
}

fn block(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    account_code: &str,
    document: &Document,
    line: &Line,
) -> io::Result<()> {
    let price = line.price.as_ref().map(ToString::to_string);
    // Two names are crossed, as in the guide: `Value_date` is the date of the document.
    let elements = [
        ("Package", Some(line.package.to_string())),
        ("Quantity", Some(line.quantity.to_string())),
        ("Item_Sku", Some(line.item_sku.clone())),
        ("Value_date", Some(document.document_date.clone())),
        ("reference_date", Some(document.value_date.clone())),
        ("supply_date", Some(document.supply_date.clone())),
        ("supply_time", Some(document.supply_time.as_deref().unwrap_or(NO_TIME).to_owned())),
        ("account_code", Some(account_code.to_owned())),
        ("doc_type", Some(document.doc_type.to_string())),
        ("doc_num", Some(document.doc_num.to_string())),
        ("Price", price),
        ("Remarks", Some(document.remarks.clone().unwrap_or_default())),
    ];
    writer.create_element(name).write_inner_content(|writer| {
        for (name, text) in elements {
            let Some(text) = text else { continue };
            // Quotes, of which Hebrew has many, stay as they are between tags.
            let text = BytesText::from_escaped(partial_escape(&text));
            writer.create_element(name).write_text_content(text)?;
        }
        Ok(())
    })?;
    Ok(())
}
