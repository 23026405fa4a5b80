//! Which of a program's data its first half refers to.
//!
//! The program as it is linked, with `--emit-relocs`, tells for each place where an address stands the symbol
//! whose address it is, in functions and in data. So what functions can reach is known exactly, as it is to the
//! linker itself, which leaves out on the same grounds what nothing refers to.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::{Context as _, bail};
use rustc_demangle::try_demangle;
use walrus::ir::{Value, VisitorMut, dfs_pre_order_mut};
use walrus::{ConstExpr, DataKind, FunctionId, MemoryId, Module};
use wasmparser::{
    DataKind as LinkedKind, KnownCustom, Linking, Name, Operator, Parser, Payload,
    RelocSectionReader, RelocationType, SymbolInfo, TypeRef,
};

/// What a further segment takes in bytes, about: fewer bytes between two that stay stay, too.
const SEGMENT_BYTES: usize = 24;

/// Who refers to which data.
pub struct References {
    /// The addresses of each symbol, where it is data that the file has.
    symbols: Vec<Option<Range<u32>>>,
    /// The symbols that a function refers to. Functions of one name are one.
    of_functions: HashMap<String, Vec<usize>>,
    /// The symbols that another refers to.
    of_symbols: HashMap<usize, Vec<usize>>,
    /// The addresses of all data.
    extent: Range<u32>,
}

/// A program as the linker made it, with what it notes beside.
#[derive(Default)]
struct Linked<'a> {
    n_imported: u32,
    names: HashMap<u32, &'a str>,
    /// Where the section of functions begins in the file, and each function's body.
    code: Range<usize>,
    bodies: Vec<Range<usize>>,
    /// Where the section of data begins in the file, and each segment's address and bytes.
    data: Range<usize>,
    segments: Vec<(u32, Range<usize>)>,
    symbols: Vec<SymbolInfo<'a>>,
    in_code: Option<RelocSectionReader<'a>>,
    in_data: Option<RelocSectionReader<'a>>,
}

impl<'a> Linked<'a> {
    fn parse(file: &'a [u8]) -> anyhow::Result<Self> {
        let mut linked = Self::default();
        for payload in Parser::new(0).parse_all(file) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        linked.n_imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => linked.code = range,
                Payload::CodeSectionEntry(body) => linked.bodies.push(body.range()),
                Payload::DataSection(section) => {
                    linked.data = section.range();
                    for segment in section {
                        let segment = segment?;
                        let start = segment.range.end - segment.data.len();
                        let bytes = start..segment.range.end;
                        linked.segments.push((address(&segment.kind)?, bytes));
                    }
                }
                Payload::CustomSection(section) => {
                    linked.note(section.name(), section.as_known())?;
                }
                _ => {}
            }
        }
        Ok(linked)
    }

    fn note(&mut self, section: &str, content: KnownCustom<'a>) -> anyhow::Result<()> {
        match content {
            KnownCustom::Name(reader) => {
                for name in reader {
                    let Name::Function(map) = name? else { continue };
                    for naming in map {
                        let naming = naming?;
                        self.names.insert(naming.index, naming.name);
                    }
                }
            }
            KnownCustom::Linking(reader) => {
                for part in reader.subsections() {
                    let Linking::SymbolTable(map) = part? else { continue };
                    self.symbols = map.into_iter().collect::<Result<_, _>>()?;
                }
            }
            KnownCustom::Reloc(reader) if section == "reloc.CODE" => self.in_code = Some(reader),
            KnownCustom::Reloc(reader) if section == "reloc.DATA" => self.in_data = Some(reader),
            _ => {}
        }
        Ok(())
    }

    /// The addresses of a symbol, where it is data that the file has: what is zero at first has no segment.
    fn addresses(&self, symbol: &SymbolInfo<'_>) -> Option<Range<u32>> {
        let SymbolInfo::Data { symbol: Some(symbol), .. } = symbol else { return None };
        let (address, _) = self.segments.get(symbol.index as usize)?;
        let start = address + symbol.offset;
        Some(start..start + symbol.size)
    }

    /// Where the data at these addresses stands in its section.
    fn place(&self, addresses: &Range<u32>) -> Option<Range<u32>> {
        let (address, bytes) = self.segments.iter().find(|(address, bytes)| {
            (*address..*address + bytes.len() as u32).contains(&addresses.start)
        })?;
        let start = (bytes.start - self.data.start) as u32 + (addresses.start - address);
        Some(start..start + addresses.len() as u32)
    }
}

fn address(kind: &LinkedKind<'_>) -> anyhow::Result<u32> {
    let LinkedKind::Active { offset_expr, .. } = kind else {
        bail!("the linked program has data without an address");
    };
    match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32),
        _ => bail!("the linked program has data at an address that is no constant"),
    }
}

impl References {
    /// What `linked`, a program before wasm-bindgen, tells.
    pub fn read(linked: &[u8]) -> anyhow::Result<Self> {
        let linked = Linked::parse(linked)?;
        let places = |section: &Option<RelocSectionReader<'_>>| {
            let section = section.as_ref().context(
                "the linked program does not tell who refers to what: link it with --emit-relocs",
            )?;
            places_of_addresses(section)
        };
        let (in_code, in_data) = (places(&linked.in_code)?, places(&linked.in_data)?);

        let mut of_functions: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, body) in (linked.n_imported..).zip(&linked.bodies) {
            let name = linked.names.get(&number);
            let name = name.with_context(|| format!("function {number} has no name"))?;
            let [start, end] = [body.start, body.end].map(|at| (at - linked.code.start) as u32);
            let refers = of_functions.entry(demangled(name)).or_default();
            refers.extend(within(&in_code, start..end));
        }
        let symbols: Vec<Option<Range<u32>>> =
            linked.symbols.iter().map(|symbol| linked.addresses(symbol)).collect();
        let mut of_symbols = HashMap::new();
        for (number, addresses) in symbols.iter().enumerate() {
            let place = addresses.as_ref().and_then(|addresses| linked.place(addresses));
            let Some(place) = place else { continue };
            of_symbols.insert(number, within(&in_data, place).collect());
        }
        let starts = linked.segments.iter().map(|(address, _)| *address);
        let ends = linked.segments.iter().map(|(address, bytes)| address + bytes.len() as u32);
        let extent = starts.min().unwrap_or_default()..ends.max().unwrap_or_default();
        Ok(Self { symbols, of_functions, of_symbols, extent })
    }

    /// The addresses of data that none of these functions of `module` can reach, in ascending order.
    pub fn unreached(
        &self,
        module: &mut Module,
        by: &[FunctionId],
    ) -> anyhow::Result<Vec<Range<u32>>> {
        let mut found: HashSet<usize> = HashSet::new();
        let mut ahead = Vec::new();
        for id in by {
            let name = module.funcs.get(*id).name.clone().unwrap_or_default();
            match self.of_functions.get(without_number(&name)) {
                Some(symbols) => ahead.extend(symbols),
                // One of wasm-bindgen's own, which refers to none. Or names have changed.
                None => self.check_no_address(module, *id, &name)?,
            }
        }
        while let Some(symbol) = ahead.pop() {
            if found.insert(symbol) {
                ahead.extend(self.of_symbols.get(&symbol).into_iter().flatten());
            }
        }

        // Of each byte, whether a symbol has it, and whether one that is reached does.
        let mut is_known = vec![false; self.extent.len()];
        let mut is_reached = vec![false; self.extent.len()];
        for (number, addresses) in self.symbols.iter().enumerate() {
            let Some(addresses) = addresses else { continue };
            let [start, end] =
                [addresses.start, addresses.end].map(|at| (at - self.extent.start) as usize);
            is_known[start..end].fill(true);
            if found.contains(&number) {
                is_reached[start..end].fill(true);
            }
        }
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (at, is_known) in is_known.iter().enumerate() {
            match runs.last_mut() {
                _ if is_reached[at] || !is_known => {}
                // Nothing but what pads it lies between.
                Some(last) if !is_reached[last.end..at].contains(&true) => last.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
        let run = |run: Range<usize>| {
            self.extent.start + run.start as u32..self.extent.start + run.end as u32
        };
        Ok(runs.into_iter().filter(|run| run.len() >= SEGMENT_BYTES).map(run).collect())
    }

    fn check_no_address(
        &self,
        module: &mut Module,
        id: FunctionId,
        name: &str,
    ) -> anyhow::Result<()> {
        struct Constants(Vec<i32>);
        impl VisitorMut for Constants {
            fn visit_value_mut(&mut self, value: &mut Value) {
                if let Value::I32(value) = value {
                    self.0.push(*value);
                }
            }
        }
        let mut constants = Constants(Vec::new());
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let entry = function.entry_block();
        dfs_pre_order_mut(&mut constants, function, entry);
        match constants.0.iter().find(|value| self.extent.contains(&(**value as u32))) {
            Some(value) => {
                bail!("{name} is not in the linked program, and has the address {value}")
            }
            None => Ok(()),
        }
    }
}

/// The places of a section where an address of data stands, in ascending order, and whose.
fn places_of_addresses(section: &RelocSectionReader<'_>) -> anyhow::Result<Vec<(u32, usize)>> {
    use RelocationType::{MemoryAddrI32, MemoryAddrLeb, MemoryAddrSleb};
    let mut places = Vec::new();
    for entry in section.entries() {
        let entry = entry?;
        match entry.ty {
            MemoryAddrI32 | MemoryAddrLeb | MemoryAddrSleb => {
                places.push((entry.offset, entry.index as usize));
            }
            RelocationType::FunctionIndexLeb
            | RelocationType::TableIndexSleb
            | RelocationType::TableIndexI32
            | RelocationType::TypeIndexLeb
            | RelocationType::GlobalIndexLeb
            | RelocationType::TableNumberLeb => {}
            other => bail!("the linked program refers by {other:?}, which is not known here"),
        }
    }
    places.sort_unstable();
    Ok(places)
}

fn within(places: &[(u32, usize)], range: Range<u32>) -> impl Iterator<Item = usize> {
    let start = places.partition_point(|(at, _)| *at < range.start);
    places[start..].iter().take_while(move |(at, _)| *at < range.end).map(|(_, symbol)| *symbol)
}

/// A function's name as wasm-bindgen gives it, but for the number behind the names of several.
fn demangled(name: &str) -> String {
    let name = try_demangle(name).map_or_else(|_| name.to_owned(), |name| name.to_string());
    without_number(&name).to_owned()
}

fn without_number(name: &str) -> &str {
    let number = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    match number {
        Some((before, number)) if number.bytes().all(|b| b.is_ascii_digit()) => before,
        _ => name,
    }
}

/// Moves the data at these addresses from the first half to the rest.
pub fn part(first: &mut Module, rest: &mut Module, addresses: &[Range<u32>]) -> anyhow::Result<()> {
    let memory = |module: &Module| module.memories.iter().next().map(|memory| memory.id());
    let memories = memory(first).zip(memory(rest)).context("the program has no memory")?;
    let segments: Vec<_> = first.data.iter().map(|data| data.id()).collect();
    for id in segments {
        let data = first.data.get(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(address)), .. } = data.kind
        else {
            bail!("the program has data at no constant address");
        };
        let (start, bytes) = (address as u32, data.value.clone());
        let end = start + bytes.len() as u32;
        let of = |range: Range<u32>| {
            bytes[(range.start - start) as usize..(range.end - start) as usize].to_vec()
        };
        first.data.delete(id);
        first.memories.get_mut(memories.0).data_segments.remove(&id);
        let mut at = start;
        for range in addresses {
            let range = range.start.clamp(start, end)..range.end.clamp(start, end);
            if range.is_empty() {
                continue;
            }
            put(first, memories.0, at, of(at..range.start));
            put(rest, memories.1, range.start, of(range.clone()));
            at = range.end;
        }
        put(first, memories.0, at, of(at..end));
    }
    Ok(())
}

fn put(module: &mut Module, memory: MemoryId, address: u32, bytes: Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let offset = ConstExpr::Value(Value::I32(address as i32));
    let id = module.data.add(DataKind::Active { memory, offset }, bytes);
    module.memories.get_mut(memory).data_segments.insert(id);
}
