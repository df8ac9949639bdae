//! The functions of a module in the order in which it compresses best.
//!
//! Where functions stand is of no matter to what they do. Those of one type, sorted by their bytes, stand beside those that they
//! resemble, and Brotli says "as just now" in fewer bits than "as long ago": a sixtieth less for the page's module.

use std::{convert::Infallible, iter};

use anyhow::{Context as _, Result, anyhow};
use wasm_encoder::{
    CodeSection, FunctionSection, Module,
    reencode::{Error, Reencode},
};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// The module with its functions in order.
pub(super) fn sort(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut order = Order::of(bytes).context("not a module")?;
    let mut module = Module::new();
    order
        .parse_core_module(&mut module, Parser::new(0), bytes)
        .map_err(|error| anyhow!("the functions cannot be sorted: {error}"))?;
    Ok(module.finish())
}

/// Where each function goes.
struct Order {
    /// Functions that are imported: they come first and stay.
    imported: u32,
    /// Old places by new ones, both counted after the imported functions.
    old: Vec<u32>,
    /// New places by old ones.
    new: Vec<u32>,
}

impl Order {
    fn of(bytes: &[u8]) -> Result<Self> {
        let (mut imported, mut types, mut bodies) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => types = section.into_iter().collect::<Result<_, _>>()?,
                Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
                _ => {}
            }
        }
        let mut sorted: Vec<_> = iter::zip(types, bodies).zip(0..).collect();
        sorted.sort_unstable();
        let old: Vec<u32> = sorted.into_iter().map(|(_, place)| place).collect();
        let mut new: Vec<(u32, u32)> = iter::zip(old.iter().copied(), 0..).collect();
        new.sort_unstable();
        let new = new.into_iter().map(|(_, place)| place).collect();
        Ok(Self { imported, old, new })
    }
}

/// The elements in their new order.
fn moved<T: Clone>(elements: &[T], old: &[u32]) -> Vec<T> {
    let at = |place: &u32| elements.get(*place as usize).cloned();
    old.iter().filter_map(at).collect()
}

impl Reencode for Order {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        let own = function.checked_sub(self.imported);
        let new = own.and_then(|place| self.new.get(place as usize));
        Ok(new.map_or(function, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for kind in moved(&types, &self.old) {
            functions.function(self.type_index(kind)?);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for body in moved(&bodies, &self.old) {
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use walrus::{ExportItem, FunctionBuilder, FunctionId, ValType, ir::Instr, ir::Value};

    use super::*;

    /// Adds an exported function that calls these and gives back `number`.
    fn add(module: &mut walrus::Module, number: i32, called: &[FunctionId]) -> FunctionId {
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[ValType::I32]);
        let mut body = builder.func_body();
        for function in called {
            body.call(*function).drop();
        }
        body.i32_const(number);
        let function = builder.finish(Vec::new(), &mut module.funcs);
        module.exports.add(&format!("gives {number}"), function);
        function
    }

    /// The numbers that a function and those that it calls directly give.
    fn numbers(module: &walrus::Module, function: FunctionId) -> Vec<i32> {
        let function = module.funcs.get(function).kind.unwrap_local();
        let instructions = &function.block(function.entry_block()).instrs;
        let number = |instruction: &Instr| match instruction {
            Instr::Call(call) => given(module, call.func),
            Instr::Const(constant) => match constant.value {
                Value::I32(number) => Some(number),
                _ => None,
            },
            _ => None,
        };
        instructions
            .iter()
            .filter_map(|(instruction, _)| number(instruction))
            .collect()
    }

    /// The number under whose name a function is exported.
    fn given(module: &walrus::Module, function: FunctionId) -> Option<i32> {
        let export = module.exports.get_exported_func(function)?;
        export.name.strip_prefix("gives ")?.parse().ok()
    }

    #[test]
    fn sorted_functions_do_what_they_did() -> Result<()> {
        let mut module = walrus::Module::default();
        let imported = module.types.add(&[], &[]);
        module.add_import_func("host", "none", imported);
        let first = add(&mut module, 900, &[]);
        let second = add(&mut module, 5, &[first]);
        let third = add(&mut module, 70, &[second, first]);
        add(&mut module, 1, &[third]);
        let bytes = module.emit_wasm();
        let sorted = sort(&bytes)?;

        let places = Order::of(&bytes)?.old;
        assert!(!places.is_sorted(), "{places:?}");
        assert!(Order::of(&sorted)?.old.is_sorted());
        let module = walrus::Module::from_buffer(&sorted)?;
        let mut all = Vec::new();
        for export in module.exports.iter() {
            if let ExportItem::Function(function) = export.item {
                let numbers = numbers(&module, function);
                assert_eq!(numbers.last().copied(), given(&module, function));
                all.push(numbers);
            }
        }
        all.sort_unstable();
        assert_eq!(all, [vec![5, 900, 70], vec![70, 1], vec![900], vec![900, 5]]);
        assert!(sort(b"no module").is_err());
        Ok(())
    }
}
