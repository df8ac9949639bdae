//! Short names for what a module imports: wasm-bindgen ends each name with a hash, which no compression makes shorter, and
//! nobody but its own script reads them.

use std::{collections::BTreeMap, convert::Infallible};

use anyhow::{Result, anyhow, ensure};
use wasm_encoder::{
    ImportSection, Module,
    reencode::{Error, Reencode},
};
use wasmparser::{ImportSectionReader, Parser, Payload};

/// The module and its script with numbers for the names of what it imports.
///
/// # Errors
/// When it is no module, or its script does not say each name once.
pub(super) fn shorten(bytes: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = Names(BTreeMap::new());
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let number = names.0.len().to_string();
                names.0.entry(import?.name.to_owned()).or_insert(number);
            }
        }
    }
    let mut said = 0;
    let script = script
        .split_inclusive(|c| !is_in_word(c))
        .map(|piece| {
            let word = piece.trim_end_matches(|c| !is_in_word(c));
            let short = names.0.get(word);
            said += usize::from(short.is_some());
            short.map_or_else(|| piece.to_owned(), |short| piece.replacen(word, short, 1))
        })
        .collect();
    ensure!(
        said == names.0.len(),
        "the script says {said} names of imports, the module has {}",
        names.0.len()
    );
    let mut module = Module::new();
    names
        .parse_core_module(&mut module, Parser::new(0), bytes)
        .map_err(|error| anyhow!("the imports cannot be renamed: {error}"))?;
    Ok((module.finish(), script))
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Short names by the names that they stand for.
struct Names(BTreeMap<String, String>);

impl Reencode for Names {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for import in section.into_imports() {
            let import = import?;
            let kind = self.entity_type(import.ty)?;
            let name = self.0.get(import.name).map_or(import.name, String::as_str);
            imports.import(import.module, name, kind);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_have_numbers_in_the_module_and_in_its_script() -> Result<()> {
        let mut module = walrus::Module::default();
        let kind = module.types.add(&[], &[]);
        for name in ["__wbg_set_1f", "__wbg_set_1f2"] {
            let (function, _) = module.add_import_func("./x.js", name, kind);
            module.exports.add(name, function);
        }
        let bytes = module.emit_wasm();
        let script = "const a = { __wbg_set_1f2: () => set_1f(), __wbg_set_1f: b.__wbg_set_1f3 };\n";
        let (short, script) = shorten(&bytes, script)?;
        assert_eq!(script, "const a = { 1: () => set_1f(), 0: b.__wbg_set_1f3 };\n");
        let module = walrus::Module::from_buffer(&short)?;
        let names: Vec<_> = module.imports.iter().map(|import| import.name.as_str()).collect();
        assert_eq!(names, ["0", "1"]);
        let exports: Vec<_> = module.exports.iter().map(|export| export.name.as_str()).collect();
        assert_eq!(exports, ["__wbg_set_1f", "__wbg_set_1f2"]);

        let message = shorten(&bytes, "{ __wbg_set_1f: 1 }")
            .expect_err("one is missing")
            .to_string();
        assert_eq!(message, "the script says 1 names of imports, the module has 2");
        Ok(())
    }
}
