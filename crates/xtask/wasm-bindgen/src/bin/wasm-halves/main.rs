//! Cuts the page's program in two: what a first picture needs, and the rest, which is fetched after it.
//!
//!     wasm-halves count IN OUT NAMES          a program that notes which of its functions were called
//!     wasm-halves cut PROGRAM GLUE LIST REST LINKED
//!
//! `count` gives each function of `IN` an exported global `called0`, `called1`, ..., which is 1 once the
//! function was called, and writes a line for each to `NAMES`: a key, eight hexadecimal digits, and its
//! name. `LIST` has the keys of those that stay in the first half, which takes the place of `PROGRAM`; the
//! others go to `REST`, so that a list that is out of date costs time, and never a function. In `GLUE`, the program's
//! JavaScript, what it imports gets short names. `LINKED` is the program as the linker made it, before
//! wasm-bindgen: by what it tells ([`data`]), data that the first half can't reach goes to the rest, too.
//!
//! How the halves go together: the rest imports the first half's memory, tables, globals and functions
//! (module `first`). Where a function of the rest can be called from the first half, a stub stands there,
//! which calls it through a slot of the table. Slots are filled when the rest is instantiated; a stub
//! that is called before asks for it by the import that the page's program declares itself,
//! `askForRest(true)`, which returns when it is there (`web/boot.js`).

mod data;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use data::References;
use walrus::ir::{Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind,
    GlobalId, GlobalKind, ImportKind, ImportedFunction, LocalFunction, Module, TableId, ValType,
};

/// Where the rest imports from.
const FIRST: &str = "first";
/// How wasm-bindgen calls the page's `askForRest`, before a digest of its own.
const ASK: &str = "__wbg_askForRest_";
/// The global that says whether the rest is there.
const IS_WHOLE: &str = "isWhole";
/// What a stub takes in bytes, about: a function that is smaller stays.
const STUB_BYTES: usize = 24;
/// A function of the first half that is smaller is copied into the rest: to export it would make the
/// first half larger.
const COPY_BYTES: usize = 400;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["count", input, output, names] => count(&read(input)?, output, names),
        ["cut", program, glue, list, rest, linked] => {
            let list = std::fs::read_to_string(list).with_context(|| list.to_owned())?;
            let code = std::fs::read_to_string(glue).with_context(|| glue.to_owned())?;
            let list = list.lines().collect();
            let halves = cut(&read(program)?, &code, &list, &References::read(&read(linked)?)?)?;
            write(program, &halves.first)?;
            write(glue, halves.glue.as_bytes())?;
            write(rest, &halves.rest)
        }
        _ => bail!(
            "expected `count IN OUT NAMES` or `cut PROGRAM GLUE LIST REST LINKED`, found {args:?}"
        ),
    }
}

fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {path}"))
}

fn write(path: impl AsRef<Path>, bytes: &[u8]) -> anyhow::Result<()> {
    let path = path.as_ref();
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// What a list calls a function of this name: the 64-bit FNV-1a digest of the name, folded to 32 bits. Names
/// themselves have up to thousands of characters; two with one key would stay together.
fn key(name: &str) -> String {
    let digest = plain(name).bytes().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:08x}", (digest ^ (digest >> 32)) as u32)
}

/// A function's name without the digests of crates that the compiler puts into it (`core[5f2c...]::`),
/// which differ between machines, and the numbers of functions that wasm-bindgen does (`shim_idx: 335`), which differ
/// between programs. Numbers that tell functions of one name apart are shorter.
fn plain(name: &str) -> String {
    const NUMBER: &str = "shim_idx: ";
    if let Some((before, after)) = name.split_once(NUMBER) {
        return plain(before) + after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let is_digest = |text: &str| text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut out = String::with_capacity(name.len());
    let mut parts = name.split('[');
    out.extend(parts.next());
    for part in parts {
        match part.split_once(']') {
            Some((inside, after)) if is_digest(inside) => out.push_str(after),
            _ => out.extend(["[", part]),
        }
    }
    out
}

fn locals(module: &Module) -> Vec<FunctionId> {
    module.funcs.iter_local().map(|(id, _)| id).collect()
}

fn count(wasm: &[u8], output: &str, names: &str) -> anyhow::Result<()> {
    let mut module = Module::from_buffer(wasm)?;
    let mut list = String::new();
    for (number, id) in locals(&module).into_iter().enumerate() {
        let zero = ConstExpr::Value(Value::I32(0));
        let called = module.globals.add_local(ValType::I32, true, false, zero);
        module.exports.add(&format!("called{number}"), called);
        let function = module.funcs.get_mut(id);
        let name = function.name.as_deref().unwrap_or_default();
        list.push_str(&format!("{} {name}\n", key(name)));
        let body = function.kind.unwrap_local_mut().builder_mut();
        body.func_body().const_at(0, Value::I32(1)).global_set_at(1, called);
    }
    write(output, &module.emit_wasm())?;
    write(names, list.as_bytes())
}

struct Halves {
    first: Vec<u8>,
    glue: String,
    rest: Vec<u8>,
}

/// Cuts a program so that functions of these names stay in the first half.
fn cut(
    wasm: &[u8],
    glue: &str,
    list: &HashSet<&str>,
    references: &References,
) -> anyhow::Result<Halves> {
    let mut first = without_relocations(wasm)?;
    let mut rest = without_relocations(wasm)?;
    // Both are of the same bytes: functions have the same places in both.
    let ids: Vec<[FunctionId; 2]> =
        first.funcs.iter().zip(rest.funcs.iter()).map(|(a, b)| [a.id(), b.id()]).collect();

    let ask = first.imports.iter().find(|import| import.name.starts_with(ASK));
    let ask = ask.with_context(|| format!("the program imports no {ASK}..."))?;
    let ImportKind::Function(ask) = ask.kind else { bail!("{ASK}... is no function") };
    let table = first.tables.main_function_table()?.context("the program has no table")?;

    let goes = |id: FunctionId| {
        let function = first.funcs.get(id);
        let FunctionKind::Local(local) = &function.kind else { return false };
        let name = function.name.as_deref();
        name.is_some_and(|name| !list.contains(&*key(name))) && size(local) > STUB_BYTES
    };
    let gone: HashSet<FunctionId> = ids.iter().map(|[id, _]| *id).filter(|id| goes(*id)).collect();
    ensure!(!gone.is_empty(), "the list names all functions of the program");

    // What the first half can still call.
    let mut called = Calls::default();
    for (id, function) in first.funcs.iter_local() {
        if !gone.contains(&id) {
            dfs_in_order(&mut called, function, function.entry_block());
        }
    }
    called.functions.extend(first.start);
    for export in first.exports.iter() {
        if let ExportItem::Function(id) = export.item {
            called.functions.insert(id);
        }
    }
    for element in first.elements.iter() {
        match &element.items {
            ElementItems::Functions(functions) => called.functions.extend(functions),
            ElementItems::Expressions(_, items) => {
                called.functions.extend(items.iter().filter_map(|item| match item {
                    ConstExpr::RefFunc(id) => Some(*id),
                    _ => None,
                }));
            }
        }
    }
    let stubs: Vec<[FunctionId; 2]> = ids
        .iter()
        .copied()
        .filter(|[id, _]| gone.contains(id) && called.functions.contains(id))
        .collect();

    let stay: Vec<FunctionId> =
        locals(&first).into_iter().filter(|id| !gone.contains(id)).collect();
    let unreached = references.unreached(&mut first, &stay)?;

    let base = first.tables.get(table).initial;
    put_stubs(&mut first, table, base, ask, stubs.iter().map(|[id, _]| *id))?;
    let is_whole = global_named(&first, IS_WHOLE)?;

    let is_copied = |id| match &first.funcs.get(id).kind {
        FunctionKind::Local(local) => size(local) < COPY_BYTES,
        _ => false,
    };
    let taken = ids.iter().filter(|[id, _]| !gone.contains(id) && !is_copied(*id));
    let taken = taken.map(|[_, id]| *id).collect();
    let slots = stubs.iter().map(|[_, id]| *id).collect();
    make_rest(&mut rest, taken, base, slots)?;
    data::part(&mut first, &mut rest, &unreached)?;

    // The rest says what it takes; the first half gives it under short names.
    let place_of: HashMap<FunctionId, FunctionId> = ids.iter().map(|[a, b]| (*b, *a)).collect();
    let (tables, memories, globals) = (
        pairs(first.tables.iter().map(|t| t.id()), rest.tables.iter().map(|t| t.id())),
        pairs(first.memories.iter().map(|m| m.id()), rest.memories.iter().map(|m| m.id())),
        pairs(first.globals.iter().map(|g| g.id()), rest.globals.iter().map(|g| g.id())),
    );
    walrus::passes::gc::run(&mut rest);
    let mut names = (0..).map(short_name);
    for import in rest.imports.iter_mut() {
        import.module = FIRST.into();
        import.name = names.next().context("there are always more")?;
        let item: ExportItem = match import.kind {
            ImportKind::Function(id) => place_of[&id].into(),
            ImportKind::Table(id) => tables[&id].into(),
            ImportKind::Memory(id) => memories[&id].into(),
            // One of its own, made for the stubs, stands where the rest has its copy.
            ImportKind::Global(id) => globals.get(&id).copied().unwrap_or(is_whole).into(),
            ImportKind::Tag(_) => bail!("the program has a tag"),
        };
        first.exports.add(&import.name, item);
    }
    walrus::passes::gc::run(&mut first);
    let glue = shorten_imports(&mut first, glue)?;
    Ok(Halves { first: first.emit_wasm(), glue, rest: rest.emit_wasm() })
}

/// Gives imports short names, which the glue's object of imports then has, too.
fn shorten_imports(module: &mut Module, glue: &str) -> anyhow::Result<String> {
    let mut short = HashMap::new();
    for (number, import) in module.imports.iter_mut().enumerate() {
        let name = short_name(number).replace('.', "$");
        short.insert(std::mem::replace(&mut import.name, name.clone()), name);
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(glue.len());
    let mut text = glue;
    while let Some(at) = text.find(is_word) {
        let end = text[at..].find(|c| !is_word(c)).map_or(text.len(), |n| at + n);
        out.push_str(&text[..at]);
        let word = &text[at..end];
        // What the glue calls an import by, and nothing else of that name: a key of its object.
        match short.remove(word).filter(|_| text[end..].starts_with(": function(")) {
            Some(name) => out.push_str(&name),
            None => out.push_str(word),
        }
        text = &text[end..];
    }
    out.push_str(text);
    ensure!(short.is_empty(), "the glue has no {short:?}");
    Ok(out)
}

/// A program without the linker's notes, which were of the program before wasm-bindgen.
fn without_relocations(wasm: &[u8]) -> anyhow::Result<Module> {
    let mut module = Module::from_buffer(wasm)?;
    for name in ["linking", "reloc.CODE", "reloc.DATA"] {
        module.customs.remove_raw(name);
    }
    Ok(module)
}

fn pairs<T: std::hash::Hash + Eq>(
    first: impl Iterator<Item = T>,
    rest: impl Iterator<Item = T>,
) -> HashMap<T, T> {
    rest.zip(first).collect()
}

/// Puts stubs in place of functions, with slots of the table from `base` on.
fn put_stubs(
    module: &mut Module,
    table: TableId,
    base: u64,
    ask: FunctionId,
    stubs: impl Iterator<Item = FunctionId>,
) -> anyhow::Result<()> {
    let zero = ConstExpr::Value(Value::I32(0));
    let is_whole = module.globals.add_local(ValType::I32, true, false, zero);
    module.globals.get_mut(is_whole).name = Some(IS_WHOLE.into());
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    builder.func_body().global_get(is_whole).if_else(
        None,
        |_| {},
        |missing| {
            missing.i32_const(1).call(ask);
        },
    );
    let need = builder.finish(Vec::new(), &mut module.funcs);

    let mut n = 0;
    for id in stubs {
        let ty = module.funcs.get(id).ty();
        let (parameters, results) = module.types.params_results(ty);
        let (parameters, results) = (parameters.to_vec(), results.to_vec());
        let arguments: Vec<_> = parameters.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
        let mut body = builder.func_body();
        body.call(need);
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.i32_const(i32::try_from(base + n)?).call_indirect(ty, table);
        module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
        n += 1;
    }
    grow(module, table, n);
    Ok(())
}

fn grow(module: &mut Module, table: TableId, n: u64) {
    let table = module.tables.get_mut(table);
    table.initial += n;
    table.maximum = table.maximum.map(|maximum| maximum + n);
}

fn global_named(module: &Module, name: &str) -> anyhow::Result<GlobalId> {
    let found = module.globals.iter().find(|global| global.name.as_deref() == Some(name));
    Ok(found.with_context(|| format!("no global {name}"))?.id())
}

/// Makes the rest of the whole: imports what it takes of the first half, and fills the slots.
fn make_rest(
    module: &mut Module,
    taken: Vec<FunctionId>,
    base: u64,
    slots: Vec<FunctionId>,
) -> anyhow::Result<()> {
    for id in taken {
        let function = module.funcs.get(id);
        if let FunctionKind::Local(_) = function.kind {
            let ty = function.ty();
            let import = module.imports.add(FIRST, "", id);
            module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
        }
    }
    let exports: Vec<_> = module.exports.iter().map(|export| export.id()).collect();
    exports.into_iter().for_each(|id| module.exports.delete(id));
    let data: Vec<_> = module.data.iter().map(|data| data.id()).collect();
    data.into_iter().for_each(|id| module.data.delete(id));
    let elements: Vec<_> = module.elements.iter().map(|element| element.id()).collect();
    elements.into_iter().for_each(|id| module.elements.delete(id));

    let memories: Vec<_> = module.memories.iter().map(|memory| memory.id()).collect();
    for id in memories {
        let import = module.imports.add(FIRST, "", id);
        let memory = module.memories.get_mut(id);
        memory.import = Some(import);
        memory.data_segments.clear();
    }
    let tables: Vec<_> = module.tables.iter().map(|table| table.id()).collect();
    for id in tables {
        let import = module.imports.add(FIRST, "", id);
        let table = module.tables.get_mut(id);
        table.import = Some(import);
        table.elem_segments.clear();
    }
    let globals: Vec<_> = module.globals.iter().map(|global| global.id()).collect();
    for id in globals {
        let import = module.imports.add(FIRST, "", id);
        module.globals.get_mut(id).kind = GlobalKind::Import(import);
    }

    let table = module.tables.main_function_table()?.context("the program has no table")?;
    grow(module, table, slots.len() as u64);
    let offset = ConstExpr::Value(Value::I32(i32::try_from(base)?));
    let kind = ElementKind::Active { table, offset };
    let element = module.elements.add(kind, ElementItems::Functions(slots));
    module.tables.get_mut(table).elem_segments.insert(element);

    // At its start, when its slots are filled, it says that it is there.
    let (is_whole, _) = module.add_import_global(FIRST, "", ValType::I32, true, false);
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    builder.func_body().i32_const(1).global_set(is_whole);
    module.start = Some(builder.finish(Vec::new(), &mut module.funcs));
    Ok(())
}

/// `a`, `b`, ..., `z`, `aa`, ...: after a dot, which no name of wasm-bindgen's has.
fn short_name(mut number: usize) -> String {
    let mut name = vec![b'.'];
    loop {
        name.push(b'a' + (number % 26) as u8);
        number /= 26;
        if number == 0 {
            return String::from_utf8_lossy(&name).into_owned();
        }
        number -= 1;
    }
}

/// The size of a function, about, in bytes.
fn size(function: &LocalFunction) -> usize {
    2 * function.size() as usize
}

#[derive(Default)]
struct Calls {
    functions: HashSet<FunctionId>,
}

impl Visitor<'_> for Calls {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.functions.insert(*id);
    }
}
